filial_test(exchange kd2 USES exchange)
filial_test(exchange kd2_conformance USES exchange)
filial_fuzz(kd2 USES exchange)
target_include_directories(kd2_fuzz PRIVATE ${PROJECT_SOURCE_DIR}/tests/exchange)
