/*
 * Every limit of the system, in one place (design: "limits and time").
 * A limit that an operator may want to change is a configuration key instead,
 * and its greatest value stands here.
 */
#ifndef ENGINE_LIMITS_H
#define ENGINE_LIMITS_H

/* words and identifiers (bytes, with the final NUL) */
#define MAX_ID 64           /* campaign, scenario, layout, text, department ids */
#define MAX_PERSON 16       /* 宛名番号: X(15) */
#define MAX_NUMBER 16       /* a telephone number, digits only */
#define MAX_NAME_BYTES 1024 /* N(100), with IVS up to 8 bytes a character */
#define MAX_FILE_NAME 256   /* a name in the drop */
#define MAX_PATH_BYTES 1024 /* a path of ours */
#define MAX_WORDS 512       /* a sentence for people: an error, a reason */
#define MAX_DEBT_KEY 160    /* a debt's identity, encoded */

/* the drop */
#define MAX_DROP_ENTRIES 10000 /* names of one listing */
#define MAX_DROP_JOBS 256      /* waiting jobs of one drop */

/* exchange files */
#define MAX_COLUMNS 256
#define MAX_FIELD_BYTES 65536 /* one field of a CSV row */
#define MAX_ROW_BYTES 262144
#define MAX_ROWS 5000000 /* rows of one file */
#define MAX_FILE_BYTES (4LL << 30)
#define MAX_BATCH_ROWS 2000 /* rows of one batch, intake to engine */
#define MAX_BATCHES 4       /* batches under way between intake and engine */
#define MAX_CARRIED 16      /* carried columns of a layout */

/* the archive */
#define MAX_ARCHIVE_FILES 200000 /* of one day */
#define MAX_ARCHIVE_CLASSES 32   /* folders of one day */
#define MAX_MANIFEST_BYTES (64 << 20)

/* targets and attempts */
#define MAX_NUMBERS 3          /* telephone numbers of a target */
#define MAX_TARGET_DEBTS 100   /* debts merged into one target */
#define MAX_TARGET_ATTEMPTS 40 /* attempts of one target in one run */
#define MAX_WAVES 12
#define MAX_WINDOWS 24 /* windows of one wave */
#define MAX_RETRY_RULES 24
#define MAX_HOLIDAYS 4000
#define MAX_OPEN_RUNS 64
#define MAX_CAMPAIGNS 500

/* channels */
#define MAX_LINES 2000
#define MAX_CALLS_PER_SECOND 500
#define MAX_SMS_IN_FLIGHT 1000
#define MAX_PREPARING 4096 /* targets whose prompts are being made or are ready */
#define MAX_TRUNKS 8
#define MAX_GATEWAYS 8     /* SMS gateways */
#define MAX_WATCHED 200000 /* messages whose results are asked for */

/* scenarios */
#define MAX_SCENARIO_BYTES (1 << 20)
#define MAX_SCENARIO_NODES 4000
#define MAX_SCENARIO_DEPTH 24
#define MAX_FIELDS 64
#define MAX_PROMPTS 400       /* sentences of one scenario */
#define MAX_KEYED_DAYS 62     /* dates ahead that a keyed date may be spoken back from */
#define MAX_PROMPT_SLOTS 1000 /* rendered for one target: prompts, and a sentence a date */
#define MAX_SOUNDS 100        /* recordings of one scenario */
#define MAX_SOUND_FILE (32 << 20)
#define MAX_SOUNDS_MS 1200000 /* all of them: 9.6 MB in memory */
#define MAX_REPLIES 32        /* replies kept of one call */
#define MAX_REPLY_BYTES 256
#define MAX_EXPR_BYTES 1024
#define MAX_DIGITS 32
#define MAX_CALL_STEPS 2000 /* interpreter steps of one call: nothing may loop */

/* speech */
#define MAX_SENTENCE_BYTES 900 /* UTF-8 bytes of one Open JTalk run (1,022 is its own limit) */
#define MAX_SENTENCE_CHARS 300
#define MAX_PROMPT_MS 120000

/* spoken answers */
#define MAX_SPOKEN_WORDS 16  /* words of one field */
#define MAX_READING_BYTES 96 /* of one word, in kana */
#define MAX_UTTERANCE 32000  /* samples at 8 kHz: 4 s; a word is shorter */
#define MAX_SPOKEN 16        /* spoken answers that a call's record keeps */

/* sound that is kept of a call */
#define MAX_RECORD_MS 60000       /* one message */
#define MAX_KEPT 16               /* messages and spoken answers of one call */
#define MAX_KEPT_BYTES (64 << 20) /* of all calls under way; more is not kept */
#define MAX_KEPT_WORDS 500        /* bytes of what staff typed */

/* documents that staff change */
#define MAX_EDITS 16     /* scenarios being read at once; savings: one */
#define MAX_EDITIONS 200 /* versions kept of one */

/* sms */
#define MAX_SMS_UNITS 670     /* UTF-16 units: 10 segments of 67 */
#define MAX_KARADEN_UNITS 660 /* what Karaden takes */

/* control */
#define MAX_CONTROL_LINE 65536
#define MAX_CONTROL_CLIENTS 64
#define MAX_READ_ROWS 1000

#endif
