# Outside libraries. `bundle` links the system's shared ones; `bundle-onsite` is static and so takes the archives:
# a target with the property BUNDLE_STATIC gets libcrypto.a and libssl.a.
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(EXPAT REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(SOLV REQUIRED IMPORTED_TARGET libsolv libsolvext)
pkg_check_modules(RPM REQUIRED IMPORTED_TARGET rpm)

find_library(CRYPTO_ARCHIVE libcrypto.a REQUIRED)
add_library(crypto INTERFACE)
target_link_libraries(crypto INTERFACE
  "$<IF:$<BOOL:$<TARGET_PROPERTY:BUNDLE_STATIC>>,${CRYPTO_ARCHIVE};Threads::Threads;${CMAKE_DL_LIBS},OpenSSL::Crypto>")

find_library(SSL_ARCHIVE libssl.a REQUIRED)
add_library(ssl INTERFACE)
target_link_libraries(ssl INTERFACE
  "$<IF:$<BOOL:$<TARGET_PROPERTY:BUNDLE_STATIC>>,${SSL_ARCHIVE},OpenSSL::SSL>" crypto)

# Headers alone: Asio and Beast.
find_path(BOOST_INCLUDE boost/beast/http.hpp REQUIRED)

find_library(YAML_ARCHIVE libyaml.a REQUIRED)
add_library(yaml_c INTERFACE)
target_link_libraries(yaml_c INTERFACE ${YAML_ARCHIVE})

# Debian ships fmt as a shared library only; its implementation header makes the archive that both executables link.
find_path(FMT_INCLUDE fmt/format-inl.h REQUIRED)
add_library(fmt_archive STATIC ${CMAKE_SOURCE_DIR}/cmake/fmt.cpp)
target_include_directories(fmt_archive SYSTEM PUBLIC ${FMT_INCLUDE})
