// SPDX-License-Identifier: GPL-2.0
/*
 * The init of `make qemu-selftest`: runs each line of /tests, says how it ended,
 * prints what the kernel has said meanwhile, and turns the machine off.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS	16
#define READ_ALL	3	/* klogctl() */
#define LOG_SIZE	0x100000

static void run_line(char *line)
{
	char *words[MAX_WORDS + 1] = {};
	unsigned int n = 0;
	char *word, *rest = line;
	int status = 0;
	pid_t pid;

	while (n < MAX_WORDS && (word = strsep(&rest, " ")))
		words[n++] = word;

	printf("init: run %s\n", words[0]);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		execv(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("\ninit: killed %s %d\n", words[0], WTERMSIG(status));
	else
		printf("\ninit: exit %s %d\n", words[0], WEXITSTATUS(status));
	fflush(stdout);
}

static void print_kernel_log(void)
{
	char *log = malloc(LOG_SIZE);
	int size = log ? klogctl(READ_ALL, log, LOG_SIZE) : -1;

	printf("init: kernel log\n");
	if (size > 0)
		fwrite(log, 1, size, stdout);
	printf("init: done\n");
	fflush(stdout);
	free(log);
}

int main(void)
{
	char line[256];
	FILE *tests;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);

	tests = fopen("/tests", "r");
	while (tests && fgets(line, sizeof(line), tests)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "export ", 7))
			putenv(strdup(line + 7));
		else if (*line)
			run_line(line);
	}
	print_kernel_log();
	sync();
	reboot(RB_POWER_OFF);

	return 1;
}
