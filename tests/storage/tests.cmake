foreach(module store txn table journal peers streams records)
    filial_test(storage ${module} USES storage)
endforeach()
