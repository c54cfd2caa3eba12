/* The media thread's inside, shared by its files: media.c (the thread), media_turn.c (a leg's turn
 * in it), media_leg.c (the sip thread's orders to a leg). Nobody else includes it. */
#ifndef ADAPTERS_VOICE_MEDIA_INNER_H
#define ADAPTERS_VOICE_MEDIA_INNER_H

#include "adapters/voice/dtmf.h"
#include "adapters/voice/ear.h"
#include "adapters/voice/media.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#define REPORTS 64
#define PHASES 4 /* ticks between two packets of a leg */

enum leg_state {
	LEG_FREE,    /* the sip thread's */
	LEG_OPEN,    /* both, as said below */
	LEG_CLOSING, /* the sip thread is done with it; the media thread closes the socket */
	LEG_CLOSED,  /* the media thread is done with it; the sip thread frees it */
};

/* Sound on its way from one leg to the other: µ-law, oldest first. */
#define RELAY_FRAMES 8
struct relay {
	uint8_t sound[RELAY_FRAMES * RTP_FRAME];
	size_t first, n;
	bool flows; /* it was filled since it ran dry */
};

#define RING_SOUND 8000 /* 1 s */
#define BEEP_SOUND 2400 /* 0.3 s */

struct leg {
	struct media *media;
	/* First what each turn touches, so that it lies together. */
	atomic_bool ordered; /* set under the lock: there may be an order */
	/* the media thread's alone while LEG_OPEN and LEG_CLOSING */
	bool turns; /* it was open at the last look */
	int fd;
	struct cipher *seal, *open;
	bool sending, started;
	struct sockaddr_in to;
	int codec, events;
	const struct prompt *playing;
	unsigned playing_serial, listening_serial, taping_serial;
	struct tape *taping; /* NULL: nothing is recorded */
	uint32_t tape_ahead; /* samples of silence that it had before their packets came */
	size_t piece, offset;
	struct rtp head;
	struct dtmf dtmf;
	struct ear *ear;
	bool tones, tones_always, detect, ear_open;
	bool heard_any;         /* a packet of sound came */
	uint32_t heard_stamp;   /* where the latest ended */
	uint16_t heard_seq;     /* the latest: older ones and repeats are not heard again */
	unsigned turns_without; /* turns of 20 ms since the latest */
	struct leg *joined;     /* gets what this leg hears; NULL: nobody */
	bool ringing;
	pthread_mutex_t lock;
	/* under the lock: orders */
	enum leg_state state;
	bool peer_new, play_new, known, listen_new, tape_new, join_new, ring;
	struct leg *join; /* join_new: NULL: with nobody */
	struct sdp_peer peer;
	const struct prompt *play; /* NULL: silence */
	unsigned serial;
	struct utter *listen; /* NULL: deaf */
	unsigned listen_serial;
	struct tape *tape; /* NULL: none */
	unsigned tape_serial;
	/* under the lock: reports */
	struct media_report reports[REPORTS];
	unsigned first, n_reports;
	bool notified; /* the leg stands in the mailbox: at most once */
	/* The sip thread makes and frees ciphers; under the lock it hands one over, and takes back
	 * the one before. NULL: in the clear. */
	struct cipher *seal_next, *open_next, *open_old;
	unsigned phase; /* the tick that it has its turn in; never changes */
	/* the sip thread's alone */
	struct leg *next_free;
	uint8_t open_key[CIPHER_KEY];
	bool secure;
	void *owner;
	struct prompt_set *prompts;
	struct tape *tapes;  /* of this call, the latest first; freed when the leg is */
	struct utter *utter; /* made at the first wish to listen; freed when the leg is */
	/* the media thread's alone, in a transfer */
	struct relay relay; /* what this leg is to send of the other's */
	size_t ring_at;
	uint32_t key_from, key_stamp; /* of the latest key event passed on: theirs, ours */
};

struct media {
	size_t most;
	pthread_t thread;
	int wake;
	atomic_bool stopping;
	atomic_size_t n_open;
	/* the sip thread's alone */
	unsigned next_port;
	struct leg *free[PHASES];
	unsigned open[PHASES]; /* legs, closing ones too */
	struct mailbox *reports;
	uint8_t alaw[256], ulaw[256]; /* of the other law's bytes */
	uint8_t ring[RING_SOUND];
	struct audio *beep; /* before a message; also as a prompt */
	struct prompt beep_prompt;
	atomic_ullong sent, received, refused, late, worst_us;
	struct leg legs[];
};

/* media.c */
int64_t media_now_ns(void);
void media_wake(struct media *m);

/* media_turn.c */
/* Called with the leg's lock. The mailbox holds every leg once: it cannot be full. */
void media_notify(struct leg *leg);
/* 20 ms of one leg: its orders, what came, one packet. The media thread's. */
void media_turn(struct leg *leg);

void media_send(struct leg *leg, uint8_t *packet, size_t n); /* room for CIPHER_TRAILER behind it */

/* media_join.c: the media thread's, but for the tone */
void relay_sound(struct leg *leg, const struct rtp *packet);
void relay_key(struct leg *leg, const struct rtp *packet);
/* 20 ms of what is neither prompt nor silence; false: nothing. */
bool relay_frame(struct leg *leg, uint8_t out[RTP_FRAME]);
void relay_tone(uint8_t ret_ring[RING_SOUND]);
void relay_beep(uint8_t ret_beep[BEEP_SOUND]);

/* media_leg.c */
/* The sip thread is done with it, or no thread runs any more. */
void media_clear(struct leg *leg);

#endif
