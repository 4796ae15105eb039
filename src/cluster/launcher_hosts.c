/* Hosts of a hostfile that do not answer any more, and the file without them.
 * Room: cluster. */
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "cluster/launcher_parts.h"

enum { N_NAME = 256 };

/* ssh gives a connection up after ten seconds itself; a host may also hang behind that. */
static const double patience_s = 20;

/** A line of a hostfile. */
typedef struct entry {
  const char *start; /**< borrowed */
  size_t length;     /**< with its newline */
  char name[N_NAME]; /**< "" when it names no host */
  pid_t probe;       /**< the process that asks it; 0: it is not asked (any more) */
  bool is_dead;
} entry;

/* Only an address of this machine can be bound to. */
static bool is_own_address(const struct addrinfo *address)
{
  int fd = socket(address->ai_family, SOCK_DGRAM, 0);
  bool is_own = fd >= 0 && bind(fd, address->ai_addr, address->ai_addrlen) == 0;
  if (fd >= 0)
    close(fd);
  return is_own;
}

/* mpirun starts ranks of this machine without ssh, which may not lead here. */
static bool is_this_host(const char *name)
{
  struct addrinfo *addresses = NULL;
  const char *behind_user = strchr(name, '@');
  const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
  bool is_own = false;
  if (getaddrinfo(behind_user != NULL ? behind_user + 1 : name, NULL, &hints, &addresses) != 0)
    return false;
  for (const struct addrinfo *a = addresses; a != NULL && !is_own; a = a->ai_next)
    is_own = is_own_address(a);
  freeaddrinfo(addresses);
  return is_own;
}

_Noreturn static void become_ssh(const char *name)
{
  int nothing = open("/dev/null", O_RDWR);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    dup2(nothing, fd);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execlp("ssh", "ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "--", name, "true",
         (char *)NULL);
  _exit(0);
}

static void ask(entry *e)
{
  if (e->name[0] == '\0' || is_this_host(e->name))
    return;
  pid_t child = fork();
  if (child == 0)
    become_ssh(e->name);
  e->probe = child > 0 ? child : 0;
}

/* ssh ends with 255 when it is ssh that failed, and not the command. */
static void hear(entry *e, bool is_late)
{
  int how = 0;
  if (e->probe == 0)
    return;
  if (is_late)
    kill(e->probe, SIGKILL);
  if (waitpid(e->probe, &how, is_late ? 0 : WNOHANG) != e->probe)
    return;
  e->probe = 0;
  e->is_dead = is_late || (WIFEXITED(how) && WEXITSTATUS(how) == 255);
}

static void ask_all(entry *entries, size_t n)
{
  double end_s = bf_clock_s() + patience_s;
  bool is_waiting = true;
  for (size_t i = 0; i < n; i++)
    ask(&entries[i]);
  while (is_waiting) {
    is_waiting = false;
    for (size_t i = 0; i < n; i++) {
      hear(&entries[i], bf_clock_s() > end_s);
      is_waiting = is_waiting || entries[i].probe != 0;
    }
    bf_sleep(0.02);
  }
}

static size_t count_lines(const char *text)
{
  size_t n = 1;
  for (; *text != '\0'; text++)
    n += *text == '\n';
  return n;
}

/* "name slots=4", "user@name", "fd00::1", "# ..."; Open MPI takes "^name" for one to leave out. */
static void read_line(const char *line, entry *e)
{
  size_t n_blank = strspn(line, " \t");
  size_t n_name = strcspn(line + n_blank, " \t\r\n#");
  e->start = line;
  e->length = strcspn(line, "\n");
  e->length += line[e->length] == '\n';
  if (n_name < N_NAME && line[n_blank] != '^')
    memcpy(e->name, line + n_blank, n_name);
}

static bf_status keep_living(const entry *entries, size_t n, bf_text *living)
{
  size_t n_living = 0;
  for (size_t i = 0; i < n; i++)
    n_living += entries[i].name[0] != '\0' && !entries[i].is_dead;
  for (size_t i = 0; i < n && n_living > 0; i++) {
    if (!entries[i].is_dead)
      bf_text_append_bytes(living, entries[i].start, entries[i].length);
    else
      bf_info("bitfront run: host '%s' does not answer: it is left out", entries[i].name);
  }
  return bf_text_status(living);
}

bf_status bf_hosts_living(const char *hostfile, bf_text *living)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  entry *entries = NULL;
  size_t n = 0;
  BF_TRY(bf_file_read(hostfile, &text));
  entries = bf_alloc(count_lines(bf_text_view(&text)), sizeof *entries);
  BF_CHECK_MEMORY(entries);
  for (const char *line = bf_text_view(&text); *line != '\0'; line += entries[n - 1].length)
    read_line(line, &entries[n++]);
  ask_all(entries, n);
  status = keep_living(entries, n, living);
done:
  free(entries);
  bf_text_release(&text);
  return status;
}
