filial_fuzz(record USES proto)
filial_fuzz(configuration USES proto)
