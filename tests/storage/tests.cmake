foreach(module store txn table journal peers streams records sweeper check backup)
    filial_test(storage ${module} USES storage)
endforeach()
