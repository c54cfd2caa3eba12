/*
 * Spoken answers of fields and menus: the words that stand in <option> and <choice>, their
 * readings, and which question asks whether a word was meant.
 *
 * A field has words or digits, never both: digits are not recognised well enough, and a
 * grammar of both would hear the one as the other.
 */
#include "adapters/scenario/build.h"

#include <stdio.h>
#include <string.h>

/* As VoiceXML has it, but for the default: keys alone. */
void take_inputmodes(struct build *b, const xmlNode *n, const char *value, struct props *props)
{
	static const struct {
		const char *value;
		bool voice, no_keys;
	} modes[] = {{"dtmf", false, false},
		     {"dtmf voice", true, false},
		     {"voice dtmf", true, false},
		     {"voice", true, true}};

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		if (strcmp(modes[i].value, value) != 0)
			continue;
		props->voice = modes[i].voice;
		props->no_keys = modes[i].no_keys;
		return;
	}
	wrong(b, n, "inputmodes is \"dtmf\", \"voice\" or \"dtmf voice\"");
}

static enum level_word kind_of(const char *reading)
{
	if (strcmp(reading, "ハイ") == 0 || strcmp(reading, "はい") == 0)
		return WORD_YES;
	if (strcmp(reading, "イイエ") == 0 || strcmp(reading, "いいえ") == 0)
		return WORD_NO;
	return WORD_ANY;
}

static void add_word(struct build *b, const xmlNode *n, struct model_item *item, size_t option,
		     const char *text)
{
	const char *reading = words_reading(b->words, text);

	if (!reading) {
		wrong(b, n,
		      "\"%.60s\" is not kana, and spoken-words has no reading for it: add a line "
		      "(word, tab, reading) to specs/lexicon/spoken-words",
		      text);
		return;
	}
	if (!item->grammar)
		item->grammar = get(b, sizeof *item->grammar);
	if (!item->grammar)
		return;
	if (item->n_words >= MAX_SPOKEN_WORDS) {
		wrong(b, n, "there are too many words here: at most %d", MAX_SPOKEN_WORDS);
		return;
	}
	for (size_t i = 0; i < item->n_words; i++)
		if (strcmp(item->grammar->reading[i], reading) == 0)
			wrong(b, n, "\"%.60s\" is said like \"%.60s\": they cannot be told apart",
			      text, item->words[i].text);
	item->words[item->n_words] =
	    (struct model_word){.text = text, .option = option, .kind = kind_of(reading)};
	snprintf(item->grammar->reading[item->n_words], MAX_READING_BYTES, "%s", reading);
	item->grammar->n = ++item->n_words;
}

static bool is_word_end(const char *s, size_t *ret_length)
{
	static const char *const ends[] = {" ", "\t", "\r", "\n", ",", "、", "　"};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		*ret_length = strlen(ends[i]);
		if (strncmp(s, ends[i], *ret_length) == 0)
			return true;
	}
	*ret_length = 1;
	return *s == '\0';
}

static void split(struct build *b, const xmlNode *n, struct model_item *item, size_t option,
		  const char *text)
{
	while (*text) {
		size_t gap, length = 0;
		if (is_word_end(text, &gap)) {
			text += gap;
			continue;
		}
		while (!is_word_end(text + length, &gap))
			length++;
		char *word = model_text(b->s, text, length);
		if (!word) {
			b->no_memory = true;
			return;
		}
		add_word(b, n, item, option, word);
		text += length;
	}
}

void add_words(struct build *b, const xmlNode *n, struct model_item *item, size_t option)
{
	for (const xmlNode *c = n->children; c; c = c->next) {
		if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
			split(b, n, item, option, (const char *)c->content);
		else if (c->type != XML_COMMENT_NODE)
			wrong(b, n, "<%s> holds words and nothing else", (const char *)n->name);
	}
}

static bool has_key(const struct model_item *item)
{
	for (size_t i = 0; i < item->n_options; i++)
		if (item->options[i].key)
			return true;
	return false;
}

void finish_spoken(struct build *b, const xmlNode *n, struct model_item *item,
		   const struct props *props)
{
	item->voice = props->voice && item->n_words > 0;
	item->no_keys = item->voice && props->no_keys;
	if (item->n_words > 0 && item->max_digits > 0)
		wrong(b, n,
		      "words stand in a field of digits: ask for them in a field of their own");
	else if (item->n_words > 0 && !props->voice)
		wrong(b, n,
		      "words stand here, but nobody listens: write <property name=\"inputmodes\" "
		      "value=\"dtmf voice\"/>, or take the words out");
	else if (item->n_words > 0 && !has_key(item))
		wrong(b, n, "no key answers this: give one to an <%s>, for when nobody can listen",
		      is_vxml(n, "menu") ? "choice" : "option");
}

static int find_asked(const struct build *b, const char *name)
{
	for (size_t i = 0; i < b->n_declared; i++) {
		const struct declared *d = &b->declared[i];
		if (!d->item || d->dialog == SIZE_MAX)
			continue;
		const struct model_dialog *dialog = &b->s->dialogs[d->dialog];
		const struct model_item *item = &dialog->items[d->index];
		const char *is = *d->name ? d->name : dialog->id;
		if (item->kind == ITEM_FIELD && item->voice &&
		    (*name == '#') == (*d->name == '\0') && strcmp(is, name + (*name == '#')) == 0)
			return d->slot;
	}
	return -1;
}

void resolve_confirms(struct build *b)
{
	for (size_t d = 0; d < b->s->n_dialogs; d++)
		for (size_t k = 0; k < b->s->dialogs[d].n_items; k++) {
			struct model_item *item = &b->s->dialogs[d].items[k];
			if (!item->confirms_name)
				continue;
			item->confirms = find_asked(b, item->confirms_name);
			if (item->confirms < 0 || item->confirms == item->slot)
				problems_error(b->problems, b->file, item->line,
					       "o:confirms=\"%.60s\": no other field with spoken "
					       "words has this name (of a menu: # and its id)",
					       item->confirms_name);
		}
}
