# make install: the shared library with its headers, the leat program, and how CMake and pkg-config
# find them. Everything is relative to the prefix, which may be moved.
include(CMakePackageConfigHelpers)

set(LEAT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/leat)
file(RELATIVE_PATH LEAT_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/leat.pc.in leat.pc @ONLY)
write_basic_package_version_file(leat-config-version.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS leat EXPORT leat-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT leat-targets NAMESPACE leat:: FILE leat-config.cmake DESTINATION ${LEAT_CMAKE_DIR})
install(FILES ${PROJECT_BINARY_DIR}/leat-config-version.cmake DESTINATION ${LEAT_CMAKE_DIR})
install(FILES ${PROJECT_BINARY_DIR}/leat.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY include/leat DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(TARGETS leat_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
set_target_properties(leat_program PROPERTIES
                      INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
