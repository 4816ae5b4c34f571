# What is installed beside the programs, and the Debian package of it: `cpack -G DEB` in a
# build that was configured with -DCMAKE_INSTALL_PREFIX=/usr.

install(FILES deploy/systemd/filiald.service deploy/systemd/filiald@.service
    DESTINATION lib/systemd/system)
install(FILES deploy/systemd/filial.sysusers DESTINATION lib/sysusers.d RENAME filial.conf)
install(FILES deploy/systemd/filial.tmpfiles DESTINATION lib/tmpfiles.d RENAME filial.conf)
install(FILES README.md PROTOCOL.md FORMAT.md deploy/RUNBOOK.md DESTINATION share/doc/filial)
install(FILES LICENSE DESTINATION share/doc/filial RENAME copyright)
install(DIRECTORY deploy/sample deploy/monitoring DESTINATION share/doc/filial)
install(DIRECTORY deploy/demo/configuration/ DESTINATION share/filial/demo)
install(DIRECTORY deploy/mappings DESTINATION share/filial)

set(CPACK_GENERATOR DEB)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/deploy/package_locale.cmake)
set(CPACK_PACKAGE_NAME filial)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR Filial)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "replication between offices that work without a line")
set(CPACK_PACKAGE_DESCRIPTION
    "Every office works on its own store and sends signed changes to its parent in the
windows that operations set; the centre has everything. Speaks with 1C:Enterprise bases
by exchange packages. filiald is the daemon, filial the command.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Filial maintainers <filial@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS passwd)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS systemd)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-alertmanager, grafana")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/deploy/debian/postinst
    ${PROJECT_SOURCE_DIR}/deploy/debian/prerm
    ${PROJECT_SOURCE_DIR}/deploy/debian/postrm)
include(CPack)
