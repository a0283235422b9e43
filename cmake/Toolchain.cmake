# How every target is compiled: warnings, sanitizers, ccache and a fast linker where they are installed.
add_library(project_options INTERFACE)
target_compile_options(project_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                                 -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
                                                 -Wno-missing-field-initializers)  # designated initialisers leave defaults
# GCC 12 sees uninitialised variants and overlapping copies in its own library where it inlines (its bugs 105593, 105329).
target_compile_options(project_options INTERFACE
  $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>:-Wno-maybe-uninitialized;-Wno-restrict>)
if(BUNDLE_WERROR)
  target_compile_options(project_options INTERFACE -Werror)
endif()
if(BUNDLE_SANITIZE)
  target_compile_options(project_options INTERFACE -fsanitize=${BUNDLE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(project_options INTERFACE -fsanitize=${BUNDLE_SANITIZE})
endif()
if(BUNDLE_FUZZ)
  target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What makes a fault harder to use: other addresses at each start, guarded stacks, and tables of functions that nothing writes
# once the program runs. tests/e2e/hardened.sh looks at the executables.
add_compile_options(-fPIE -fstack-protector-strong)
add_link_options(-Wl,-z,relro -Wl,-z,now)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
                                  ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM AND NOT BUNDLE_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()

# bundle_library(NAME SOURCES a.cpp … DEPS lib …): the static library of one folder of src/.
# A folder without sources yet is an interface only.
function(bundle_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  if(arg_SOURCES)
    add_library(bundle_${name} STATIC ${arg_SOURCES})
    target_include_directories(bundle_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(bundle_${name} PUBLIC ${arg_DEPS} PRIVATE project_options)
  else()
    add_library(bundle_${name} INTERFACE)
    target_include_directories(bundle_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(bundle_${name} INTERFACE ${arg_DEPS})
  endif()
endfunction()
