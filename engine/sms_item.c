/*
 * Values that a targets file carries, as they stand in an SMS. See sms.h.
 *
 * Each has a type, and what is not of it is refused: a column for remarks in which somebody
 * wrote a web address, a sentence or a control character must not reach a telephone as words of
 * the city. The finished text is checked all the same (sms_check.c).
 */
#include "engine/sms.h"

#include "engine/plan/civil.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <string.h>

enum { MOST_DIGITS = 20 };

static const struct {
	const char *word, *sample;
} types[SMS_ITEM_TYPES] = {
    [SMS_DATE] = {"date", "12月31日"},
    [SMS_TIME] = {"time", "13時30分"},
    [SMS_DIGITS] = {"digits", "0000"},
    [SMS_WORDS] = {"words", "○○"},
};

bool sms_item_type(const char *word, size_t n, enum sms_item_type *ret_type)
{
	for (int i = 0; i < SMS_ITEM_TYPES; i++)
		if (strlen(types[i].word) == n && memcmp(types[i].word, word, n) == 0) {
			*ret_type = (enum sms_item_type)i;
			return true;
		}
	return false;
}

const char *sms_item_sample(enum sms_item_type type)
{
	return types[type].sample;
}

static bool write_date(const char *s, char *buf, size_t size)
{
	int32_t day;
	if (civil_parse_date(s, &day))
		return false;
	struct civil c = civil_from_day(day);
	snprintf(buf, size, "%d月%d日", c.month, c.day);
	return true;
}

static bool two_digits(const char *s, int most, int *ret)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*ret = (s[0] - '0') * 10 + (s[1] - '0');
	return *ret <= most;
}

/* HH:MM or HH:MM:SS, as the exchange files have them. */
static bool write_time(const char *s, char *buf, size_t size)
{
	int hour, minute, second, n;
	size_t len = strlen(s);

	if ((len != 5 && len != 8) || !two_digits(s, 23, &hour) || s[2] != ':' ||
	    !two_digits(s + 3, 59, &minute) ||
	    (len == 8 && (s[5] != ':' || !two_digits(s + 6, 59, &second))))
		return false;
	n = snprintf(buf, size, "%d時", hour);
	if (minute)
		snprintf(buf + n, size - (size_t)n, "%d分", minute);
	return true;
}

static bool write_digits(const char *s, char *buf, size_t size)
{
	size_t n = strlen(s);
	if (n > MOST_DIGITS || s[strspn(s, "0123456789-")] != '\0')
		return false;
	snprintf(buf, size, "%s", s);
	return true;
}

static bool write_words(const char *s, char *buf, size_t size)
{
	size_t n = strlen(s);
	if (n >= size || !utf8_valid(s, n, NULL) || utf8_has_control(s, n) ||
	    utf8_utf16_units(s, n) > SMS_MOST_WORDS || strpbrk(s, "{}"))
		return false;
	memcpy(buf, s, n + 1);
	return true;
}

bool sms_item_write(enum sms_item_type type, const char *value, char *buf, size_t size)
{
	static bool (*const write[SMS_ITEM_TYPES])(const char *s, char *buf, size_t size) = {
	    [SMS_DATE] = write_date,
	    [SMS_TIME] = write_time,
	    [SMS_DIGITS] = write_digits,
	    [SMS_WORDS] = write_words,
	};
	return *value && size >= 32 && write[type](value, buf, size);
}
