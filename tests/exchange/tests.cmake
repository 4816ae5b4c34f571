filial_test(exchange v8msg_writer USES exchange)
filial_test(exchange v8msg_reader USES exchange)
