/*
 * Every event that a node logs, with its name. A line has the event and fields
 * `name=value`; the comment tells which.
 */

#ifndef NODE_EVENTS_H
#define NODE_EVENTS_H

/* clang-format off */
#define FL_LOG_EVENTS(X)                                                                 \
    X(DAEMON_STARTED,       "daemon.started")       /* version code endpoint http */     \
    X(DAEMON_STOPPED,       "daemon.stopped")       /* reason */                         \
    X(DAEMON_FAILED,        "daemon.failed")        /* error */                          \
    X(DAEMON_LISTENING,     "daemon.listening")     /* endpoint enrolment */             \
    X(SETTINGS_LOADED,      "settings.loaded")      /* path */                           \
    X(SETTINGS_REFUSED,     "settings.refused")     /* error */                          \
    X(CONTROL_COMMAND,      "control.command")      /* noun verb exit ms */              \
    X(CONTROL_ALONE,        "control.alone")        /* command error; whoever gave it was gone */ \
    X(STORE_FULL,           "store.full")           /* used map */                       \
    X(STORE_FAILED,         "store.failed")         /* error */                          \
    X(STORE_SWEPT,          "store.swept")          /* entries deletions */              \
    X(STORE_RESTORED,       "store.restored")       /* peer incarnation */               \
    X(ZAP_OPEN,             "zap.open")             /* endpoint error */                 \
    X(ZAP_REFUSED,          "zap.refused")          /* count */                          \
    X(PEER_CONNECTED,       "peer.connected")       /* peer endpoint */                  \
    X(PEER_DISCONNECTED,    "peer.disconnected")    /* peer */                           \
    X(PEER_REFUSED,         "peer.refused")         /* peer reason text */               \
    X(PEER_HELD,            "peer.held")            /* peer reason number */             \
    X(PEER_RELEASED,        "peer.released")        /* peer by */                        \
    X(STORE_MOVED,          "store.moved")          /* home */                           \
    X(STORE_ADOPTED,        "store.adopted")        /* as incarnation by */              \
    X(PEER_AWAY,            "peer.away")            /* peer days */                      \
    X(PEER_BACK,            "peer.back")            /* peer reconcile */                 \
    X(PEER_RECONCILED,      "peer.reconciled")      /* peer deleted */                   \
    X(PEER_UNKNOWN,         "peer.unknown")         /* key */                            \
    X(FRAME_DROPPED,        "frame.dropped")        /* peer count reason */              \
    X(SYNC_STARTED,         "sync.started")         /* peer round */                     \
    X(SYNC_APPLIED,         "sync.applied")         /* peer changes ms */                \
    X(SYNC_SENT,            "sync.sent")            /* peer number changes bytes */      \
    X(SYNC_CONFIRMED,       "sync.confirmed")       /* peer number */                    \
    X(SYNC_DONE,            "sync.done")            /* peer ms sent received */          \
    X(SYNC_FAILED,          "sync.failed")          /* peer error */                     \
    X(SYNC_COLLISION,       "sync.collision")       /* peer count */                     \
    X(SYNC_QUARANTINED,     "sync.quarantined")     /* peer number error */              \
    X(QUARANTINE_DROPPED,   "quarantine.dropped")   /* peer number objects by */         \
    X(QUARANTINE_RETRIED,   "quarantine.retried")   /* applied left */                   \
    X(ENROLMENT_INVITED,    "enrolment.invited")    /* code minutes */                   \
    X(ENROLMENT_JOINED,     "enrolment.joined")     /* code node */                      \
    X(ENROLMENT_REFUSED,    "enrolment.refused")    /* code outcome */                   \
    X(ENROLMENT_PARENT,     "enrolment.parent")     /* code endpoint */                  \
    X(CONFIGURATION_DIFFERS,"configuration.differs")/* peer ours theirs */               \
    X(CONFIGURATION_LOADED, "configuration.loaded") /* hash */                           \
    X(PLAN_SETTINGS,        "plan.settings")        /* peer type revision taken */       \
    X(SYNC_REPORT,          "sync.report")          /* peer report number reason text */ \
    X(COMPARE_DONE,         "compare.done")         /* peer differences on_way registered bytes failure reason */ \
    X(COMPARE_REGISTERED,   "compare.registered")   /* peer count */                     \
    X(COMPARE_REPORT,       "compare.report")       /* peer says */                      \
    X(FILTER_BROKEN,        "filter.broken")        /* type error */                     \
    X(FILTER_ROUTED,        "filter.routed")        /* filters streams */                \
    X(ENDPOINT_APPLIED,     "endpoint.applied")     /* peer number objects applied */    \
    X(ENDPOINT_SENT,        "endpoint.sent")        /* peer number objects bytes */      \
    X(ENDPOINT_NOTE,        "endpoint.note")        /* peer note */                        \
    X(ENDPOINT_TROUBLE,     "endpoint.trouble")     /* peer reason error */              \
    X(DAY_CLOSED,           "day.closed")           /* day error */                      \
    X(MIRROR_STATE,         "mirror.state")         /* mirror state lsn head error */    \
    X(MIRROR_UNREADABLE,    "mirror.unreadable")    /* mirror objects; they have no rows */ \
    X(MIRROR_LEFT,          "mirror.left")          /* mirror; it does not end in time */ \
    X(AUDIT,                "audit.entry")          /* number who command what outcome hash */ \
    X(ENROLMENT_WAITING,    "enrolment.waiting")    /* code node fingerprint */          \
    X(KEYS_TAKEN,           "keys.taken")           /* peer fingerprint */               \
    X(KEYS_SWITCHED,        "keys.switched")        /* fingerprint */                    \
    X(KEYS_ENDED,           "keys.ended")           /* peer: its former keys count no more */ \
    X(PEER_CLOCK,           "peer.clock")           /* peer off_seconds */               \
    X(SYNC_POSTPONED,       "sync.postponed")       /* peer ms: too many rounds run */   \
    X(FAULT_INJECTED,       "fault.injected")       /* fault */
/* clang-format on */

#define FL_LOG_EVENT_ENUMERATOR(symbol, name) FL_LOG_EVENT_##symbol,
enum fl_log_event { FL_LOG_EVENTS(FL_LOG_EVENT_ENUMERATOR) FL_LOG_EVENT_COUNT };
#undef FL_LOG_EVENT_ENUMERATOR

#endif
