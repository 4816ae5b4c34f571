filial_test(exchange commerceml USES exchange)
filial_test(exchange commerceml_conformance USES exchange)
filial_fuzz(commerceml USES exchange)
filial_test(exchange zip_archive USES exchange)
