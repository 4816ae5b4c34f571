filial_test(exchange v8msg_writer USES exchange)
filial_test(exchange v8msg_reader USES exchange)
filial_test(exchange conformance USES exchange)
filial_fuzz(v8msg USES exchange)
