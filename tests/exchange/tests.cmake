filial_test(exchange v8msg_writer USES exchange)
