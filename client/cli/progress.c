/* Draws a bar of '#' with a share and a count. */
#include "client/cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

#define BAR_WIDTH 24
#define REDRAW_MS 100

static void
draw(const struct progress *progress)
{
	char bar[BAR_WIDTH + 1];
	int filled;
	int percent;

	/* Nobody has begun to count. */
	if (progress->total <= 0 && progress->unit[0] == '\0') {
		fprintf(stderr, "\r\033[K%s: waiting", progress->label);
		return;
	}
	if (progress->total <= 0) {
		fprintf(stderr, "\r\033[K%s: %" PRId64 " %s", progress->label, progress->done,
		    progress->unit);
		return;
	}
	percent = progress->done >= progress->total
		      ? 100
		      : (int)((double)progress->done * 100 / (double)progress->total);
	filled = percent * BAR_WIDTH / 100;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', (size_t)filled);
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r\033[K%s [%s] %3d%% %" PRId64 "/%" PRId64 " %s", progress->label, bar,
	    percent, progress->done, progress->total, progress->unit);
}

void
progress_begin(struct progress *progress, const char *label, const char *unit, int64_t total)
{
	*progress = (struct progress){.label = label, .unit = unit, .total = total};
	progress->terminal = isatty(STDERR_FILENO) != 0;
	if (!progress->terminal)
		return;
	progress->shown_ms = clock_monotonic_ms();
	draw(progress);
}

void
progress_show(struct progress *progress, int64_t done, int64_t total)
{
	progress->done = done;
	if (total > 0)
		progress->total = total;
	if (!progress->terminal || clock_monotonic_ms() - progress->shown_ms < REDRAW_MS)
		return;
	progress->shown_ms = clock_monotonic_ms();
	draw(progress);
}

void
progress_end(struct progress *progress)
{
	if (progress->terminal)
		fputs("\r\033[K", stderr);
}
