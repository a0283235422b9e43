/* Runs a program, and all that it starts, with another wall clock: shifted_clock SECONDS PROGRAM ARGUMENT...
 * Hosts of the lab share the kernel's clock; this gives one of them a clock that is wrong. Programs are stopped at
 * clock_gettime (the real-time clocks), gettimeofday and time, and what these return is shifted. The vDSO, which would
 * answer without the kernel, is taken from them. Linux on x86-64. Sources: ptrace(2), seccomp(2), vdso(7). */
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OPTIONS = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
                 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL };

static void die(const char *what) {
  perror(what);
  exit(125);
}

/* Stops the calling process at the three calls alone. */
static void filter_calls(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_gettimeofday, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_time, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
  };
  struct sock_fprog program = {sizeof code / sizeof code[0], code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    die("seccomp");
  }
}

static long peek(pid_t pid, unsigned long address) {
  errno = 0;
  return ptrace(PTRACE_PEEKDATA, pid, address, 0);
}

/* Behind an exec: the stack holds argc, the arguments, 0, the environment, 0, and the auxiliary vector. */
static void take_vdso(pid_t pid) {
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, pid, 0, &registers) != 0) {
    return;
  }
  unsigned long at = registers.rsp + sizeof(long) * (2 + (unsigned long)peek(pid, registers.rsp));
  while (peek(pid, at) != 0) {
    at += sizeof(long);
  }
  for (at += sizeof(long); peek(pid, at) != AT_NULL; at += 2 * sizeof(long)) {
    if (peek(pid, at) == AT_SYSINFO_EHDR) {
      ptrace(PTRACE_POKEDATA, pid, at, AT_IGNORE);
    }
  }
}

/* Behind one of the calls: its first word is seconds in all three. */
static void shift(pid_t pid, long seconds) {
  struct user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, pid, 0, &registers) != 0 || (long)registers.rax < 0) {
    return;
  }
  unsigned long at = registers.rdi;
  if (registers.orig_rax == SYS_clock_gettime) {
    if (registers.rdi != CLOCK_REALTIME && registers.rdi != CLOCK_REALTIME_COARSE) {
      return;
    }
    at = registers.rsi;
  } else if (registers.orig_rax == SYS_time) {
    registers.rax += (unsigned long)seconds;
    ptrace(PTRACE_SETREGS, pid, 0, &registers);
  }
  if (at != 0) {
    ptrace(PTRACE_POKEDATA, pid, at, peek(pid, at) + seconds);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: shifted_clock SECONDS PROGRAM ARGUMENT...\n");
    return 125;
  }
  const long seconds = atol(argv[1]);
  const pid_t first = fork();
  if (first < 0) {
    die("fork");
  }
  if (first == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) {
      die("ptrace");
    }
    raise(SIGSTOP);
    filter_calls();
    execvp(argv[2], argv + 2);
    die(argv[2]);
  }
  int status = 0;
  if (waitpid(first, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, first, 0, OPTIONS) != 0) {
    die("ptrace");
  }
  ptrace(PTRACE_CONT, first, 0, 0);
  int result = 125;
  for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;) {
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (pid == first) {
        result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      continue;
    }
    const int event = status >> 16;
    int signal = 0;
    int request = PTRACE_CONT;
    if (event == PTRACE_EVENT_SECCOMP) {
      request = PTRACE_SYSCALL; /* to its end */
    } else if (event == PTRACE_EVENT_EXEC) {
      take_vdso(pid);
    } else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
      shift(pid, seconds);
    } else if (event == 0 && WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
      signal = WSTOPSIG(status);
    }
    ptrace(request, pid, 0, signal);
  }
  return result;
}
