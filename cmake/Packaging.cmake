include(GNUInstallDirs)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # the tests need not be built for a package
install(TARGETS bundle bundle-onsite RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(folder manifests rpm-lists bundles)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_DATADIR}/bundle OPTIONAL)
endforeach()

# Man pages and completions, as src/cli writes them (the target `pages`).
install(DIRECTORY ${CMAKE_BINARY_DIR}/pages/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${CMAKE_BINARY_DIR}/pages/completions/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME bundle)
install(FILES ${CMAKE_BINARY_DIR}/pages/completions/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME bundle.fish)
foreach(folder site-functions vendor-completions)  # where zsh looks, and where Debian's zsh looks
  install(FILES ${CMAKE_BINARY_DIR}/pages/completions/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder} RENAME _bundle)
endforeach()

# The licence texts of what is linked in.
install(CODE "
  execute_process(COMMAND ${CMAKE_COMMAND} -E env CXX=${CMAKE_CXX_COMPILER} ${CMAKE_SOURCE_DIR}/scripts/licences ${CMAKE_BINARY_DIR}/licences
                  RESULT_VARIABLE status)
  if(status)
    message(FATAL_ERROR \"licence texts are missing, and may not be left out of what others get\")
  endif()")
install(DIRECTORY ${CMAKE_BINARY_DIR}/licences DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_NAME bundle)
set(CPACK_PACKAGE_VENDOR "the bundle maintainers")
set(CPACK_PACKAGE_CONTACT "the bundle maintainers <maintainers@bundle.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Carries a Kubernetes platform into places without internet")
set(CPACK_PACKAGE_DESCRIPTION "bundle resolves a Kubernetes platform to its last package and image,
packs and signs it for a USB stick, and builds the cluster from that stick
on hosts without internet.")
set(CPACK_STRIP_FILES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "createrepo-c, gpg, ca-certificates")

# Its requirements are those of the system that it is made on: make it where it is to be used.
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_REQUIRES "createrepo_c, gnupg2, ca-certificates")
set(CPACK_RPM_PACKAGE_GROUP "Applications/System")
set(CPACK_RPM_PACKAGE_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION}")
set(CPACK_RPM_PACKAGE_RELOCATABLE OFF)
# Of what is linked in; each text is in the package.
set(CPACK_RPM_PACKAGE_LICENSE "Apache-2.0 AND BSD-3-Clause AND BSL-1.0 AND GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-2.1-or-later AND MIT")
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _build_id_links none")  # nobody has debug symbols for them
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION)
foreach(folder bash-completion bash-completion/completions fish fish/vendor_completions.d man man/man1 zsh zsh/site-functions
               zsh/vendor-completions)
  list(APPEND CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /usr/share/${folder})
endforeach()
include(CPack)
