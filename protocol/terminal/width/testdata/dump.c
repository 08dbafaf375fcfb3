/* Prints the runs of equal wcwidth(3) over all code points, one a line:
   first last width (hexadecimal, decimal width). Run under LC_ALL=C.UTF-8. */
#define _XOPEN_SOURCE 700
#include <locale.h>
#include <stdio.h>
#include <wchar.h>

int main(void) {
	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 1;
	long first = 0;
	int width = wcwidth(0);
	for (long c = 1; c <= 0x110000; c++) {
		int w = c < 0x110000 ? wcwidth((wchar_t)c) : -2;
		if (w == width)
			continue;
		printf("%04lX %04lX %d\n", first, c - 1, width);
		first = c;
		width = w;
	}
	return 0;
}
