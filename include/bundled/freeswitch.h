/*
 * The part of FreeSWITCH's C ABI that mod_callpark uses, described in our own words, so that the module builds on a
 * machine that has no FreeSWITCH. freeswitch-sys/abi.txt lists what must be here; freeswitch-sys/tests/headers.rs
 * compares every size, offset, constant and prototype below with an installed FreeSWITCH, and reads this file line by
 * line to do so: one field, one constant, one prototype a line.
 *
 * x86-64 and aarch64 Linux. An enumeration holds only the constants that we or the stand-in switch name. A struct that
 * nobody looks into is only declared.
 */
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A program that has FreeSWITCH's own types keeps them, and the prototypes at the end of this file must fit them. */
#ifndef SWITCH_H

#define SWITCH_API_VERSION 5

/* ---- numbers and enumerations ---- */

typedef uintptr_t switch_size_t;
typedef int64_t switch_time_t;
typedef int64_t switch_interval_time_t;
typedef uint32_t switch_module_flag_t;
typedef uint32_t switch_event_channel_id_t;
typedef uint32_t switch_scheduler_flag_t;
typedef uint32_t switch_originate_flag_t;
typedef uint32_t switch_media_flag_t;
typedef uint32_t switch_caller_profile_flag_t;
typedef uint32_t switch_core_session_message_flag_t;
typedef uint32_t switch_io_flag_t;
typedef uint32_t switch_frame_flag_t;
typedef uint8_t switch_payload_t;
typedef uint16_t switch_port_t;
typedef uint8_t switch_byte_t;

typedef enum {
	SWITCH_FALSE = 0,
	SWITCH_TRUE = 1,
} switch_bool_t;

typedef enum {
	SWITCH_STATUS_SUCCESS = 0,
	SWITCH_STATUS_FALSE = 1,
	SWITCH_STATUS_TIMEOUT = 2,
	SWITCH_STATUS_MEMERR = 6,
	SWITCH_STATUS_GENERR = 9,
	SWITCH_STATUS_INUSE = 10,
	SWITCH_STATUS_BREAK = 11,
	SWITCH_STATUS_NOTFOUND = 14,
	SWITCH_STATUS_NOUNLOAD = 16,
	SWITCH_STATUS_IGNORE = 17,
	SWITCH_STATUS_TOO_SMALL = 18,
	SWITCH_STATUS_TERM = 21,
} switch_status_t;

typedef enum {
	SWITCH_LOG_DISABLE = -1,
	SWITCH_LOG_CONSOLE = 0,
	SWITCH_LOG_ALERT = 1,
	SWITCH_LOG_CRIT = 2,
	SWITCH_LOG_ERROR = 3,
	SWITCH_LOG_WARNING = 4,
	SWITCH_LOG_NOTICE = 5,
	SWITCH_LOG_INFO = 6,
	SWITCH_LOG_DEBUG = 7,
} switch_log_level_t;

typedef enum {
	SWITCH_CHANNEL_ID_LOG = 0,
	SWITCH_CHANNEL_ID_SESSION = 3,
} switch_text_channel_t;

typedef enum {
	SMODF_NONE = 0,
} switch_module_flag_enum_t;

typedef enum {
	SWITCH_APPLICATION_INTERFACE = 4,
	SWITCH_API_INTERFACE = 5,
	SWITCH_JSON_API_INTERFACE = 15,
} switch_module_interface_name_t;

typedef enum {
	SAF_NONE = 0,
	SAF_SUPPORT_NOMEDIA = 1,
} switch_application_flag_enum_t;

typedef enum {
	SWITCH_EVENT_CUSTOM = 0,
	SWITCH_EVENT_CLONE = 1,
	SWITCH_EVENT_CHANNEL_DESTROY = 3,
	SWITCH_EVENT_CHANNEL_HANGUP = 7,
	SWITCH_EVENT_CHANNEL_BRIDGE = 13,
	SWITCH_EVENT_CHANNEL_UNBRIDGE = 14,
	SWITCH_EVENT_CHANNEL_ORIGINATE = 21,
	SWITCH_EVENT_PRESENCE_IN = 38,
	SWITCH_EVENT_PRESENCE_PROBE = 41,
} switch_event_types_t;

typedef enum {
	SWITCH_STACK_BOTTOM = 1,
	SWITCH_STACK_TOP = 2,
	SWITCH_STACK_UNSHIFT = 4,
	SWITCH_STACK_PUSH = 8,
} switch_stack_t;

typedef enum {
	CS_NEW = 0,
	CS_INIT = 1,
	CS_ROUTING = 2,
	CS_SOFT_EXECUTE = 3,
	CS_EXECUTE = 4,
	CS_EXCHANGE_MEDIA = 5,
	CS_PARK = 6,
	CS_CONSUME_MEDIA = 7,
	CS_HIBERNATE = 8,
	CS_RESET = 9,
	CS_HANGUP = 10,
	CS_REPORTING = 11,
	CS_DESTROY = 12,
	CS_NONE = 13,
} switch_channel_state_t;

typedef enum {
	CF_ANSWERED = 1,
	CF_OUTBOUND = 2,
	CF_EARLY_MEDIA = 3,
	CF_BRIDGE_ORIGINATOR = 4,
	CF_TRANSFER = 6,
	CF_REDIRECT = 8,
	CF_BRIDGED = 9,
	CF_HOLD = 10,
	CF_PROXY_MODE = 17,
	CF_SUSPEND = 19,
	CF_BREAK = 23,
	CF_BROADCAST = 24,
	CF_VIDEO = 26,
	CF_PROXY_MEDIA = 32,
	CF_NOT_READY = 48,
	CF_LEG_HOLDING = 52,
	CF_SIGNAL_DATA = 68,
	CF_CONFIRM_BLIND_TRANSFER = 82,
	CF_ICE = 111,
	CF_DTLS = 112,
	CF_IMAGE_SDP = 142,
	CF_AUDIO = 160,
	CF_ARRANGED_BRIDGE = 164,
	CF_FLAG_MAX = 172,
} switch_channel_flag_t;

typedef enum {
	SWITCH_CALL_DIRECTION_INBOUND = 0,
	SWITCH_CALL_DIRECTION_OUTBOUND = 1,
} switch_call_direction_t;

typedef enum {
	SWITCH_CAUSE_NONE = 0,
	SWITCH_CAUSE_UNALLOCATED_NUMBER = 1,
	SWITCH_CAUSE_NO_ROUTE_DESTINATION = 3,
	SWITCH_CAUSE_NORMAL_CLEARING = 16,
	SWITCH_CAUSE_USER_BUSY = 17,
	SWITCH_CAUSE_NO_USER_RESPONSE = 18,
	SWITCH_CAUSE_NO_ANSWER = 19,
	SWITCH_CAUSE_SUBSCRIBER_ABSENT = 20,
	SWITCH_CAUSE_CALL_REJECTED = 21,
	SWITCH_CAUSE_EXCHANGE_ROUTING_ERROR = 25,
	SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER = 27,
	SWITCH_CAUSE_NORMAL_UNSPECIFIED = 31,
	SWITCH_CAUSE_NORMAL_TEMPORARY_FAILURE = 41,
	SWITCH_CAUSE_INCOMPATIBLE_DESTINATION = 88,
	SWITCH_CAUSE_RECOVERY_ON_TIMER_EXPIRE = 102,
	SWITCH_CAUSE_SUCCESS = 142,
	SWITCH_CAUSE_ORIGINATOR_CANCEL = 487,
	SWITCH_CAUSE_SYSTEM_SHUTDOWN = 701,
	SWITCH_CAUSE_LOSE_RACE = 702,
	SWITCH_CAUSE_MANAGER_REQUEST = 703,
	SWITCH_CAUSE_BLIND_TRANSFER = 800,
	SWITCH_CAUSE_ATTENDED_TRANSFER = 801,
	SWITCH_CAUSE_ALLOTTED_TIMEOUT = 802,
	SWITCH_CAUSE_MEDIA_TIMEOUT = 804,
	SWITCH_CAUSE_PICKED_OFF = 805,
	SWITCH_CAUSE_USER_NOT_REGISTERED = 806,
	SWITCH_CAUSE_PROGRESS_TIMEOUT = 807,
	SWITCH_CAUSE_GATEWAY_DOWN = 809,
} switch_call_cause_t;

typedef enum {
	SWITCH_MESSAGE_INDICATE_ANSWER = 2,
	SWITCH_MESSAGE_INDICATE_BRIDGE = 5,
	SWITCH_MESSAGE_INDICATE_UNBRIDGE = 6,
	SWITCH_MESSAGE_INDICATE_TRANSFER = 7,
	SWITCH_MESSAGE_INDICATE_HOLD = 14,
	SWITCH_MESSAGE_INDICATE_UNHOLD = 15,
	SWITCH_MESSAGE_INDICATE_DISPLAY = 22,
} switch_core_session_message_types_t;

typedef enum {
	SWITCH_INPUT_TYPE_DTMF = 0,
	SWITCH_INPUT_TYPE_EVENT = 1,
} switch_input_type_t;

typedef enum {
	SWITCH_DTMF_UNKNOWN = 0,
	SWITCH_DTMF_RTP = 2,
} switch_dtmf_source_t;

typedef enum {
	SWITCH_SIG_NONE = 0,
	SWITCH_SIG_KILL = 1,
	SWITCH_SIG_XFER = 2,
	SWITCH_SIG_BREAK = 3,
} switch_signal_t;

typedef enum {
	SWITCH_IO_FLAG_NONE = 0,
	SWITCH_IO_FLAG_NOBLOCK = 1,
} switch_io_flag_enum_t;

typedef enum {
	SFF_NONE = 0,
	SFF_CNG = 1,
} switch_frame_flag_enum_t;

typedef enum {
	SWITCH_MEDIA_TYPE_AUDIO = 0,
	SWITCH_MEDIA_TYPE_VIDEO = 1,
	SWITCH_MEDIA_TYPE_TEXT = 2,
} switch_media_type_t;

typedef enum {
	SWITCH_RTP_FLAG_NOBLOCK = 0,
	SWITCH_RTP_FLAG_USE_TIMER = 3,
	SWITCH_RTP_FLAG_RAW_WRITE = 9,
	SWITCH_RTP_FLAG_FLUSH = 22,
} switch_rtp_flag_t;

typedef enum {
	DIGIT_TARGET_SELF = 0,
	DIGIT_TARGET_PEER = 1,
} switch_digit_action_target_t;

typedef enum {
	SWITCH_CODEC_TYPE_AUDIO = 0,
} switch_codec_type_t;

typedef enum {
	SWITCH_CODEC_FLAG_ENCODE = 1,
	SWITCH_CODEC_FLAG_DECODE = 2,
} switch_codec_flag_enum_t;

typedef enum {
	SWITCH_FILE_FLAG_READ = 1,
	SWITCH_FILE_DATA_SHORT = 8,
	SWITCH_FILE_OPEN = 2048,
} switch_file_flag_enum_t;

typedef enum {
	SWITCH_VIDEO_PROFILE_BASELINE = 0,
} switch_video_profile_t;

typedef enum {
	SM_NDLB_ALLOW_BAD_IANANAME = 1,
} switch_core_media_NDLB_t;

typedef enum {
	RTP_BUG_NONE = 0,
} switch_rtp_bug_flag_t;

typedef enum {
	VAD_IN = 1,
} switch_core_media_vflag_t;

typedef enum {
	DTMF_AUTO = 0,
} switch_core_media_dtmf_t;

typedef enum {
	SWITCH_VIDEO_ENCODE_SPEED_DEFAULT = 0,
} switch_video_encode_speed_t;

typedef enum {
	SWITCH_IMG_FMT_NONE = 0,
} switch_img_fmt_t;

typedef enum {
	SSHF_NONE = 0,
	SSHF_OWN_THREAD = 1,
	SSHF_FREE_ARG = 2,
	SSHF_NO_DEL = 4,
} switch_scheduler_flag_enum_t;

typedef enum {
	SOF_NONE = 0,
} switch_originate_flag_enum_t;

typedef enum {
	SMF_NONE = 0,
} switch_media_flag_enum_t;

/* ---- things of the host that we only pass around ---- */

typedef struct fspr_pool_t switch_memory_pool_t;
typedef struct fspr_thread_mutex_t switch_mutex_t;
typedef struct fspr_thread_rwlock_t switch_thread_rwlock_t;
typedef struct fspr_thread_cond_t switch_thread_cond_t;
typedef struct fspr_thread_t switch_thread_t;
typedef struct fspr_threadattr_t switch_threadattr_t;
typedef struct fspr_socket_t switch_socket_t;
typedef struct fspr_sockaddr_t switch_sockaddr_t;
typedef struct switch_rtp switch_rtp_t;
typedef struct switch_core_session switch_core_session_t;
typedef struct switch_channel switch_channel_t;
typedef struct switch_event switch_event_t;
typedef struct switch_event_node switch_event_node_t;
typedef struct cJSON cJSON;
typedef struct switch_live_array_s switch_live_array_t;
typedef struct switch_frame switch_frame_t;
typedef struct switch_file_handle switch_file_handle_t;
typedef struct switch_ivr_dmachine switch_ivr_dmachine_t;
typedef struct switch_loadable_module_interface switch_loadable_module_interface_t;
typedef struct switch_state_handler_table switch_state_handler_table_t;
typedef struct switch_dial_handle_s switch_dial_handle_t;
typedef struct switch_console_callback_match switch_console_callback_match_t;
typedef struct profile_node_s profile_node_t;
typedef struct payload_map_s payload_map_t;
typedef struct switch_jb_s switch_jb_t;
typedef struct switch_media_handle_s switch_media_handle_t;
typedef struct switch_buffer switch_buffer_t;
typedef struct fspr_file_t switch_file_t;
typedef struct switch_image switch_image_t;
typedef union switch_codec_settings switch_codec_settings_t;
typedef struct switch_codec_interface switch_codec_interface_t;
typedef struct switch_file_interface switch_file_interface_t;
typedef struct switch_timer_interface switch_timer_interface_t;
typedef struct switch_audio_resampler switch_audio_resampler_t;
typedef struct switch_channel_timetable switch_channel_timetable_t;
struct switch_caller_extension;

typedef struct switch_application_interface switch_application_interface_t;
typedef struct switch_api_interface switch_api_interface_t;
typedef struct switch_json_api_interface switch_json_api_interface_t;
typedef struct switch_stream_handle switch_stream_handle_t;
typedef struct switch_scheduler_task switch_scheduler_task_t;
typedef struct switch_core_session_message switch_core_session_message_t;
typedef struct switch_caller_profile switch_caller_profile_t;
typedef struct switch_xml *switch_xml_t;
typedef struct switch_codec switch_codec_t;
typedef struct switch_codec_implementation switch_codec_implementation_t;
typedef struct switch_timer switch_timer_t;

/* ---- one structure that callbacks are handed by value ---- */

typedef struct {
	char digit;
	uint32_t duration;
	int32_t flags;
	switch_dtmf_source_t source;
} switch_dtmf_t;

#endif /* SWITCH_H */

/* ---- callbacks ---- */

typedef void *(*switch_thread_start_t)(switch_thread_t *, void *);
typedef void (*switch_event_callback_t)(switch_event_t *);
typedef void (*switch_scheduler_func_t)(switch_scheduler_task_t *task);
typedef void (*switch_application_function_t)(switch_core_session_t *, const char *);
typedef switch_status_t (*switch_api_function_t)(const char *cmd, switch_core_session_t *session, switch_stream_handle_t *stream);
typedef switch_status_t (*switch_json_api_function_t)(const cJSON *json, switch_core_session_t *session, cJSON **json_reply);
typedef void (*switch_event_channel_func_t)(const char *event_channel, cJSON *json, const char *key, switch_event_channel_id_t id, void *user_data);
typedef switch_status_t (*switch_console_complete_callback_t)(const char *, const char *, switch_console_callback_match_t **matches);
typedef switch_status_t (*switch_input_callback_function_t)(switch_core_session_t *session, void *input, switch_input_type_t input_type, void *buf, unsigned int buflen);
typedef switch_status_t (*switch_read_frame_callback_function_t)(switch_core_session_t *session, switch_frame_t *frame, void *user_data);
typedef switch_status_t (*switch_receive_message_hook_t)(switch_core_session_t *, switch_core_session_message_t *);
typedef switch_status_t (*switch_kill_channel_hook_t)(switch_core_session_t *, int);
typedef uint8_t *(*switch_stream_handle_read_function_t)(switch_stream_handle_t *handle, int *len);
typedef switch_status_t (*switch_stream_handle_write_function_t)(switch_stream_handle_t *handle, const char *fmt, ...);
typedef switch_status_t (*switch_stream_handle_raw_write_function_t)(switch_stream_handle_t *handle, uint8_t *data, switch_size_t datalen);
typedef switch_status_t (*switch_module_load_t)(switch_loadable_module_interface_t **module_interface, switch_memory_pool_t *pool);
typedef switch_status_t (*switch_module_runtime_t)(void);
typedef switch_status_t (*switch_module_shutdown_t)(void);

/* ---- structs that we read or write ---- */

#ifndef SWITCH_H

typedef struct switch_loadable_module_function_table {
	int switch_api_version;
	switch_module_load_t load;
	switch_module_shutdown_t shutdown;
	switch_module_runtime_t runtime;
	switch_module_flag_t flags;
} switch_loadable_module_function_table_t;

struct switch_application_interface {
	const char *interface_name;
	switch_application_function_t application_function;
	const char *long_desc;
	const char *short_desc;
	const char *syntax;
	uint32_t flags;
	switch_thread_rwlock_t *rwlock;
	int refs;
	switch_mutex_t *reflock;
	switch_loadable_module_interface_t *parent;
	struct switch_application_interface *next;
};

struct switch_api_interface {
	const char *interface_name;
	const char *desc;
	switch_api_function_t function;
	const char *syntax;
	switch_thread_rwlock_t *rwlock;
	int refs;
	switch_mutex_t *reflock;
	switch_loadable_module_interface_t *parent;
	struct switch_api_interface *next;
};

struct switch_json_api_interface {
	const char *interface_name;
	const char *desc;
	switch_json_api_function_t function;
	const char *syntax;
	switch_thread_rwlock_t *rwlock;
	int refs;
	switch_mutex_t *reflock;
	switch_loadable_module_interface_t *parent;
	struct switch_json_api_interface *next;
};

struct switch_stream_handle {
	switch_stream_handle_read_function_t read_function;
	switch_stream_handle_write_function_t write_function;
	switch_stream_handle_raw_write_function_t raw_write_function;
	void *data;
	void *end;
	switch_size_t data_size;
	switch_size_t data_len;
	switch_size_t alloc_len;
	switch_size_t alloc_chunk;
	switch_event_t *param_event;
};

struct switch_scheduler_task {
	int64_t created;
	int64_t runtime;
	uint32_t cmd_id;
	uint32_t repeat;
	char *group;
	void *cmd_arg;
	uint32_t task_id;
	unsigned long hash;
};

typedef struct {
	switch_input_callback_function_t input_callback;
	void *buf;
	uint32_t buflen;
	switch_read_frame_callback_function_t read_frame_callback;
	void *user_data;
	switch_ivr_dmachine_t *dmachine;
	int loops;
} switch_input_args_t;

struct switch_core_session_message {
	char *from;
	switch_core_session_message_types_t message_id;
	int numeric_arg;
	const char *string_arg;
	switch_size_t string_arg_size;
	void *pointer_arg;
	switch_size_t pointer_arg_size;
	int numeric_reply;
	char *string_reply;
	switch_size_t string_reply_size;
	void *pointer_reply;
	switch_size_t pointer_reply_size;
	switch_core_session_message_flag_t flags;
	const char *_file;
	const char *_func;
	int _line;
	const char *string_array_arg[10];
	time_t delivery_time;
};

struct switch_caller_profile {
	const char *username;
	const char *dialplan;
	const char *caller_id_name;
	const char *caller_id_number;
	const char *orig_caller_id_name;
	const char *orig_caller_id_number;
	const char *callee_id_name;
	const char *callee_id_number;
	uint8_t caller_ton;
	uint8_t caller_numplan;
	const char *network_addr;
	const char *ani;
	uint8_t ani_ton;
	uint8_t ani_numplan;
	const char *aniii;
	const char *rdnis;
	uint8_t rdnis_ton;
	uint8_t rdnis_numplan;
	char *destination_number;
	uint8_t destination_number_ton;
	uint8_t destination_number_numplan;
	const char *source;
	char *chan_name;
	char *uuid;
	const char *context;
	const char *profile_index;
	switch_caller_profile_flag_t flags;
	struct switch_caller_profile *originator_caller_profile;
	struct switch_caller_profile *originatee_caller_profile;
	struct switch_caller_profile *origination_caller_profile;
	struct switch_caller_profile *hunt_caller_profile;
	struct switch_channel_timetable *times;
	struct switch_channel_timetable *old_times;
	struct switch_caller_extension *caller_extension;
	switch_memory_pool_t *pool;
	struct switch_caller_profile *next;
	switch_call_direction_t direction;
	switch_call_direction_t logical_direction;
	profile_node_t *soft;
	char *uuid_str;
	char *clone_of;
	char *transfer_source;
};

struct switch_xml {
	char *name;
	char **attr;
	char *txt;
	char *free_path;
	switch_size_t off;
	switch_xml_t next;
	switch_xml_t sibling;
	switch_xml_t ordered;
	switch_xml_t child;
	switch_xml_t parent;
	uint32_t flags;
	switch_bool_t is_switch_xml_root_t;
	uint32_t refs;
	const char *open;
	const char *close;
};

struct switch_channel_timetable {
	switch_time_t profile_created;
	switch_time_t created;
	switch_time_t answered;
	switch_time_t progress;
	switch_time_t progress_media;
	switch_time_t hungup;
	switch_time_t transferred;
	switch_time_t resurrected;
	switch_time_t bridged;
	switch_time_t last_hold;
	switch_time_t hold_accum;
	struct switch_channel_timetable *next;
};

/* What a codec can do: nobody here calls these, only their place in the struct counts. */
typedef void (*switch_core_codec_init_func_t)(void);
typedef void (*switch_core_codec_encode_func_t)(void);
typedef void (*switch_core_codec_decode_func_t)(void);
typedef void (*switch_core_codec_video_encode_func_t)(void);
typedef void (*switch_core_codec_video_decode_func_t)(void);
typedef void (*switch_core_codec_control_func_t)(void);
typedef void (*switch_core_codec_destroy_func_t)(void);

struct switch_codec {
	switch_codec_interface_t *codec_interface;
	const switch_codec_implementation_t *implementation;
	char *fmtp_in;
	char *fmtp_out;
	uint32_t flags;
	switch_memory_pool_t *memory_pool;
	void *private_info;
	switch_payload_t agreed_pt;
	switch_mutex_t *mutex;
	struct switch_codec *next;
	switch_core_session_t *session;
	switch_frame_t *cur_frame;
};

struct switch_codec_implementation {
	switch_codec_type_t codec_type;
	switch_payload_t ianacode;
	char *iananame;
	char *fmtp;
	uint32_t samples_per_second;
	uint32_t actual_samples_per_second;
	int bits_per_second;
	int microseconds_per_packet;
	uint32_t samples_per_packet;
	uint32_t decoded_bytes_per_packet;
	uint32_t encoded_bytes_per_packet;
	uint8_t number_of_channels;
	int codec_frames_per_packet;
	switch_core_codec_init_func_t init;
	switch_core_codec_encode_func_t encode;
	switch_core_codec_decode_func_t decode;
	switch_core_codec_video_encode_func_t encode_video;
	switch_core_codec_video_decode_func_t decode_video;
	switch_core_codec_control_func_t codec_control;
	switch_core_codec_destroy_func_t destroy;
	uint32_t codec_id;
	uint32_t impl_id;
	char *modname;
	struct switch_codec_implementation *next;
};

struct switch_frame_geometry {
	int32_t w;
	int32_t h;
	int32_t x;
	int32_t y;
	int32_t z;
	int32_t M;
	int32_t X;
};

struct switch_frame {
	switch_codec_t *codec;
	const char *source;
	void *packet;
	uint32_t packetlen;
	void *extra_data;
	void *data;
	uint32_t datalen;
	uint32_t buflen;
	uint32_t samples;
	uint32_t rate;
	uint32_t channels;
	switch_payload_t payload;
	uint32_t timestamp;
	uint16_t seq;
	uint32_t ssrc;
	switch_bool_t m;
	switch_frame_flag_t flags;
	void *user_data;
	payload_map_t *pmap;
	switch_image_t *img;
	struct switch_frame_geometry geometry;
};

struct switch_timer {
	int interval;
	uint32_t flags;
	unsigned int samples;
	uint32_t samplecount;
	uint32_t last_samplecount;
	switch_timer_interface_t *timer_interface;
	switch_memory_pool_t *memory_pool;
	void *private_info;
	switch_size_t diff;
	switch_time_t start;
	uint64_t tick;
};

typedef struct switch_core_media_params_s {
	uint32_t rtp_timeout_sec;
	uint32_t rtp_hold_timeout_sec;
	uint32_t dtmf_delay;
	uint32_t codec_flags;
	switch_core_media_NDLB_t ndlb;
	switch_rtp_bug_flag_t auto_rtp_bugs;
	char *inbound_codec_string;
	char *outbound_codec_string;
	char *timer_name;
	char *remote_sdp_str;
	char *early_sdp;
	char *local_sdp_str;
	char *last_sdp_str;
	char *last_sdp_response;
	char *prev_sdp_str;
	char *prev_sdp_response;
	char *stun_ip;
	switch_port_t stun_port;
	uint32_t stun_flags;
	char *jb_msec;
	switch_core_media_vflag_t vflags;
	switch_rtp_bug_flag_t manual_rtp_bugs;
	switch_rtp_bug_flag_t manual_video_rtp_bugs;
	switch_rtp_bug_flag_t manual_text_rtp_bugs;
	char *rtcp_audio_interval_msec;
	char *rtcp_video_interval_msec;
	char *rtcp_text_interval_msec;
	char *extrtpip;
	char *rtpip;
	char *rtpip4;
	char *rtpip6;
	char *remote_ip;
	int remote_port;
	char *extsipip;
	char *local_network;
	char *sipip;
	char *sdp_username;
	switch_payload_t te;
	switch_payload_t recv_te;
	unsigned long te_rate;
	unsigned long cng_rate;
	char *adv_sdp_audio_ip;
	int num_codecs;
	int hold_laps;
	switch_core_media_dtmf_t dtmf_type;
	switch_payload_t cng_pt;
	switch_bool_t external_video_source;
	uint32_t video_key_freq;
	uint32_t video_key_first;
	switch_thread_t *video_write_thread;
} switch_core_media_params_t;

typedef struct switch_mm_s {
	int samplerate;
	int channels;
	int keyint;
	int ab;
	int vb;
	int vw;
	int vh;
	int cbr;
	float fps;
	float source_fps;
	int source_kps;
	int vbuf;
	switch_video_profile_t vprofile;
	switch_video_encode_speed_t vencspd;
	uint8_t try_hardware_encoder;
	int scale_w;
	int scale_h;
	switch_img_fmt_t fmt;
	char *auth_username;
	char *auth_password;
} switch_mm_t;

struct switch_file_handle {
	switch_file_interface_t *file_interface;
	uint32_t flags;
	switch_file_t *fd;
	unsigned int samples;
	uint32_t samplerate;
	uint32_t native_rate;
	uint32_t channels;
	uint32_t real_channels;
	unsigned int format;
	unsigned int sections;
	int seekable;
	switch_size_t sample_count;
	int speed;
	switch_memory_pool_t *memory_pool;
	uint32_t prebuf;
	uint32_t interval;
	void *private_info;
	char *handler;
	int64_t pos;
	switch_buffer_t *audio_buffer;
	switch_buffer_t *sp_audio_buffer;
	uint32_t thresh;
	uint32_t silence_hits;
	uint32_t offset_pos;
	switch_size_t samples_in;
	switch_size_t samples_out;
	int32_t vol;
	int32_t volgranular;
	switch_audio_resampler_t *resampler;
	switch_buffer_t *buffer;
	switch_byte_t *dbuf;
	switch_size_t dbuflen;
	switch_buffer_t *pre_buffer;
	unsigned char *pre_buffer_data;
	switch_size_t pre_buffer_datalen;
	const char *file;
	const char *func;
	int line;
	char *file_path;
	char *spool_path;
	const char *prefix;
	int max_samples;
	switch_event_t *params;
	uint32_t cur_channels;
	uint32_t cur_samplerate;
	char *stream_name;
	char *modname;
	switch_mm_t mm;
	switch_mutex_t *flag_mutex;
	int64_t duration;
	int64_t vpos;
	void *muxbuf;
	switch_size_t muxlen;
};

struct switch_console_callback_match_node {
	char *val;
	struct switch_console_callback_match_node *next;
};

struct switch_console_callback_match {
	struct switch_console_callback_match_node *head;
	struct switch_console_callback_match_node *end;
	int count;
	int dynamic;
};

#endif /* SWITCH_H */

/* ---- the module and its interfaces ---- */

switch_loadable_module_interface_t *switch_loadable_module_create_module_interface(switch_memory_pool_t *pool, const char *name);
void *switch_loadable_module_create_interface(switch_loadable_module_interface_t *mod, switch_module_interface_name_t iname);
switch_status_t switch_console_set_complete(const char *string);
switch_status_t switch_console_add_complete_func(const char *name, switch_console_complete_callback_t cb);
switch_status_t switch_console_del_complete_func(const char *name);
void switch_console_free_matches(switch_console_callback_match_t **matches);
switch_status_t switch_loadable_module_exists(const char *mod);
void switch_console_push_match(switch_console_callback_match_t **matches, const char *new_val);
void switch_log_printf(switch_text_channel_t channel, const char *file, const char *func, int line, const char *userdata, switch_log_level_t level, const char *fmt, ...);

/* ---- the core: names, clock, threads, scheduler ---- */

char *switch_core_get_domain(switch_bool_t dup);
const char *switch_core_get_switchname(void);
char *switch_uuid_str(char *buf, switch_size_t len);
time_t switch_epoch_time_now(time_t *t);
switch_time_t switch_micro_time_now(void);
switch_time_t switch_mono_micro_time_now(void);
switch_status_t switch_core_perform_new_memory_pool(switch_memory_pool_t **pool, const char *file, const char *func, int line);
switch_status_t switch_core_perform_destroy_memory_pool(switch_memory_pool_t **pool, const char *file, const char *func, int line);
switch_status_t switch_mutex_init(switch_mutex_t **lock, unsigned int flags, switch_memory_pool_t *pool);
switch_status_t switch_mutex_lock(switch_mutex_t *lock);
switch_status_t switch_mutex_unlock(switch_mutex_t *lock);
switch_status_t switch_thread_cond_create(switch_thread_cond_t **cond, switch_memory_pool_t *pool);
switch_status_t switch_thread_cond_broadcast(switch_thread_cond_t *cond);
switch_status_t switch_thread_cond_timedwait(switch_thread_cond_t *cond, switch_mutex_t *mutex, switch_interval_time_t timeout);
switch_status_t switch_threadattr_create(switch_threadattr_t **new_attr, switch_memory_pool_t *pool);
switch_status_t switch_threadattr_stacksize_set(switch_threadattr_t *attr, switch_size_t stacksize);
switch_status_t switch_thread_create(switch_thread_t **new_thread, switch_threadattr_t *attr, switch_thread_start_t func, void *data, switch_memory_pool_t *cont);
switch_status_t switch_thread_join(switch_status_t *retval, switch_thread_t *thd);
switch_status_t switch_core_timer_init(switch_timer_t *timer, const char *timer_name, int interval, int samples, switch_memory_pool_t *pool);
switch_status_t switch_core_timer_next(switch_timer_t *timer);
switch_status_t switch_core_timer_sync(switch_timer_t *timer);
switch_status_t switch_core_timer_destroy(switch_timer_t *timer);
uint32_t switch_scheduler_add_task(time_t task_runtime, switch_scheduler_func_t func, const char *desc, const char *group, uint32_t cmd_id, void *cmd_arg, switch_scheduler_flag_t flags);
uint32_t switch_scheduler_del_task_group(const char *group);

/* ---- events, chat, configuration ---- */

switch_status_t switch_event_create_subclass_detailed(const char *file, const char *func, int line, switch_event_t **event, switch_event_types_t event_id, const char *subclass_name);
switch_status_t switch_event_add_header_string(switch_event_t *event, switch_stack_t stack, const char *header_name, const char *data);
switch_status_t switch_event_fire_detailed(const char *file, const char *func, int line, switch_event_t **event, void *user_data);
void switch_event_destroy(switch_event_t **event);
char *switch_event_get_header_idx(switch_event_t *event, const char *header_name, int idx);
char *switch_event_expand_headers_check(switch_event_t *event, const char *in, switch_event_t *var_list, switch_event_t *api_list, uint32_t recur);
switch_status_t switch_event_bind_removable(const char *id, switch_event_types_t event, const char *subclass_name, switch_event_callback_t callback, void *user_data, switch_event_node_t **node);
switch_status_t switch_event_unbind(switch_event_node_t **node);
switch_status_t switch_event_reserve_subclass_detailed(const char *owner, const char *subclass_name);
switch_status_t switch_event_free_subclass_detailed(const char *owner, const char *subclass_name);
void switch_channel_event_set_data(switch_channel_t *channel, switch_event_t *event);
switch_status_t switch_core_chat_send_args(const char *dest_proto, const char *proto, const char *from, const char *to, const char *subject, const char *body, const char *type, const char *hint, switch_bool_t blocking);
switch_xml_t switch_xml_open_cfg(const char *file_path, switch_xml_t *node, switch_event_t *params);
switch_status_t switch_xml_locate_user_merged(const char *key, const char *user_name, const char *domain_name, const char *ip, switch_xml_t *user, switch_event_t *params);
switch_status_t switch_xml_reload(const char **err);
void switch_xml_free(switch_xml_t xml);
cJSON *cJSON_Parse(const char *value);
char *cJSON_PrintUnformatted(const cJSON *item);
void cJSON_free(void *object);
void cJSON_Delete(cJSON *item);
switch_status_t switch_event_channel_bind(const char *event_channel, switch_event_channel_func_t func, switch_event_channel_id_t *id, void *user_data);
uint32_t switch_event_channel_unbind(const char *event_channel, switch_event_channel_func_t func, void *user_data);
switch_bool_t switch_event_channel_permission_verify(const char *cookie, const char *event_channel);
void switch_event_channel_permission_modify(const char *cookie, const char *event_channel, switch_bool_t set);
void switch_event_channel_permission_clear(const char *cookie);
switch_status_t switch_live_array_create(const char *event_channel, const char *name, switch_event_channel_id_t channel_id, switch_live_array_t **live_arrayP);
switch_status_t switch_live_array_add(switch_live_array_t *la, const char *name, int index, cJSON **obj, switch_bool_t duplicate);
switch_status_t switch_live_array_del(switch_live_array_t *la, const char *name);
switch_status_t switch_live_array_bootstrap(switch_live_array_t *la, const char *sessid, switch_event_channel_id_t channel_id);
switch_status_t switch_live_array_destroy(switch_live_array_t **live_arrayP);

/* ---- sessions and channels ---- */

switch_core_session_t *switch_core_session_perform_locate(const char *uuid_str, const char *file, const char *func, int line);
switch_core_session_t *switch_core_session_perform_force_locate(const char *uuid_str, const char *file, const char *func, int line);
switch_status_t switch_core_session_perform_get_partner(switch_core_session_t *session, switch_core_session_t **partner, const char *file, const char *func, int line);
switch_status_t switch_core_session_perform_receive_message(switch_core_session_t *session, switch_core_session_message_t *message, const char *file, const char *func, int line);
void switch_core_session_rwunlock(switch_core_session_t *session);
switch_console_callback_match_t *switch_core_session_findall_matching_var(const char *var_name, const char *var_val);
char *switch_core_session_get_uuid(switch_core_session_t *session);
switch_channel_t *switch_core_session_get_channel(switch_core_session_t *session);
switch_status_t switch_core_event_hook_add_receive_message(switch_core_session_t *session, switch_receive_message_hook_t receive_message);
switch_status_t switch_core_event_hook_remove_receive_message(switch_core_session_t *session, switch_receive_message_hook_t receive_message);
switch_status_t switch_core_event_hook_add_kill_channel(switch_core_session_t *session, switch_kill_channel_hook_t kill_channel);
switch_status_t switch_core_event_hook_remove_kill_channel(switch_core_session_t *session, switch_kill_channel_hook_t kill_channel);
void switch_core_recovery_track(switch_core_session_t *session);
void *switch_channel_get_private(switch_channel_t *channel, const char *key);
const char *switch_channel_get_variable_dup(switch_channel_t *channel, const char *varname, switch_bool_t dup, int idx);
switch_status_t switch_channel_set_variable_var_check(switch_channel_t *channel, const char *varname, const char *value, switch_bool_t var_check);
switch_status_t switch_channel_add_variable_var_check(switch_channel_t *channel, const char *varname, const char *value, switch_bool_t var_check, switch_stack_t stack);
switch_status_t switch_channel_set_profile_var(switch_channel_t *channel, const char *name, const char *val);
switch_channel_timetable_t *switch_channel_get_timetable(switch_channel_t *channel);
switch_caller_profile_t *switch_channel_get_caller_profile(switch_channel_t *channel);
const char *switch_channel_get_hold_music(switch_channel_t *channel);
switch_call_direction_t switch_channel_direction(switch_channel_t *channel);
switch_channel_state_t switch_channel_get_state(switch_channel_t *channel);
switch_call_cause_t switch_channel_get_cause(switch_channel_t *channel);
switch_call_cause_t switch_channel_str2cause(const char *str);
const char *switch_channel_cause2str(switch_call_cause_t cause);
uint32_t switch_channel_test_flag(switch_channel_t *channel, switch_channel_flag_t flag);
void switch_channel_set_flag_value(switch_channel_t *channel, switch_channel_flag_t flag, uint32_t value);
void switch_channel_clear_flag(switch_channel_t *channel, switch_channel_flag_t flag);
int switch_channel_test_ready(switch_channel_t *channel, switch_bool_t check_ready, switch_bool_t check_media);
switch_status_t switch_channel_wait_for_flag(switch_channel_t *channel, switch_channel_flag_t want_flag, switch_bool_t pres, uint32_t to, switch_channel_t *super_channel);
switch_status_t switch_channel_perform_answer(switch_channel_t *channel, const char *file, const char *func, int line);
switch_channel_state_t switch_channel_perform_hangup(switch_channel_t *channel, const char *file, const char *func, int line, switch_call_cause_t hangup_cause);

/* ---- frames, codecs and files ---- */

switch_status_t switch_core_media_bug_enumerate(switch_core_session_t *session, switch_stream_handle_t *stream);
switch_status_t switch_console_stream_write(switch_stream_handle_t *handle, const char *fmt, ...);
switch_status_t switch_core_media_read_frame(switch_core_session_t *session, switch_frame_t **frame, switch_io_flag_t flags, int stream_id, switch_media_type_t type);
switch_status_t switch_core_session_read_frame(switch_core_session_t *session, switch_frame_t **frame, switch_io_flag_t flags, int stream_id);
switch_status_t switch_core_session_write_frame(switch_core_session_t *session, switch_frame_t *frame, switch_io_flag_t flags, int stream_id);
switch_codec_t *switch_core_session_get_write_codec(switch_core_session_t *session);
switch_jb_t *switch_core_session_get_jb(switch_core_session_t *session, switch_media_type_t type);
switch_timer_t *switch_core_media_get_timer(switch_core_session_t *session, switch_media_type_t mtype);
switch_media_handle_t *switch_core_session_get_media_handle(switch_core_session_t *session);
switch_core_media_params_t *switch_core_media_get_mparams(switch_media_handle_t *smh);
void switch_core_media_set_rtp_flag(switch_core_session_t *session, switch_media_type_t type, switch_rtp_flag_t flag);
void switch_core_media_clear_rtp_flag(switch_core_session_t *session, switch_media_type_t type, switch_rtp_flag_t flag);
switch_rtp_t *switch_core_media_get_rtp_session(switch_core_session_t *session, switch_media_type_t type);
uint32_t switch_rtp_test_flag(switch_rtp_t *rtp_session, switch_rtp_flag_t flags);
switch_socket_t *switch_rtp_get_rtp_socket(switch_rtp_t *rtp_session);
switch_status_t switch_sockaddr_create(switch_sockaddr_t **sa, switch_memory_pool_t *pool);
switch_status_t switch_socket_recvfrom(switch_sockaddr_t *from, switch_socket_t *sock, int32_t flags, char *buf, size_t *len);
switch_ivr_dmachine_t *switch_core_session_get_dmachine(switch_core_session_t *session, switch_digit_action_target_t target);
switch_bool_t switch_ivr_dmachine_is_parsing(switch_ivr_dmachine_t *dmachine);
switch_size_t switch_channel_has_dtmf(switch_channel_t *channel);
switch_status_t switch_channel_dequeue_dtmf(switch_channel_t *channel, switch_dtmf_t *dtmf);
switch_status_t switch_ivr_parse_all_messages(switch_core_session_t *session);
switch_status_t switch_ivr_parse_all_events(switch_core_session_t *session);
switch_status_t switch_core_codec_init_with_bitrate(switch_codec_t *codec, const char *codec_name, const char *fmtp, const char *modname, uint32_t rate, int ms, int channels, uint32_t bitrate, uint32_t flags, const switch_codec_settings_t *codec_settings, switch_memory_pool_t *pool);
switch_status_t switch_core_codec_encode(switch_codec_t *codec, switch_codec_t *other_codec, void *decoded_data, uint32_t decoded_data_len, uint32_t decoded_rate, void *encoded_data, uint32_t *encoded_data_len, uint32_t *encoded_rate, unsigned int *flag);
switch_status_t switch_core_codec_destroy(switch_codec_t *codec);
switch_status_t switch_core_perform_file_open(const char *file, const char *func, int line, switch_file_handle_t *fh, const char *file_path, uint32_t channels, uint32_t rate, unsigned int flags, switch_memory_pool_t *pool);
switch_status_t switch_core_file_read(switch_file_handle_t *fh, void *data, switch_size_t *len);
switch_status_t switch_core_file_close(switch_file_handle_t *fh);

/* ---- call control ---- */

switch_status_t switch_ivr_play_file(switch_core_session_t *session, switch_file_handle_t *fh, const char *file, switch_input_args_t *args);
switch_status_t switch_ivr_sleep(switch_core_session_t *session, uint32_t ms, switch_bool_t sync, switch_input_args_t *args);
switch_status_t switch_ivr_phrase_macro_event(switch_core_session_t *session, const char *macro_name, const char *data, switch_event_t *event, const char *lang, switch_input_args_t *args);
switch_status_t switch_ivr_say(switch_core_session_t *session, const char *tosay, const char *module_name, const char *say_type, const char *say_method, const char *say_gender, switch_input_args_t *args);
switch_status_t switch_ivr_read(switch_core_session_t *session, uint32_t min_digits, uint32_t max_digits, const char *prompt_audio_file, const char *var_name, char *digit_buffer, switch_size_t digit_buffer_length, uint32_t timeout, const char *valid_terminators, uint32_t digit_timeout);
switch_status_t switch_ivr_session_transfer(switch_core_session_t *session, const char *extension, const char *dialplan, const char *context);
switch_status_t switch_ivr_blind_transfer_ack(switch_core_session_t *session, switch_bool_t success);
switch_status_t switch_ivr_media(const char *uuid, switch_media_flag_t flags);
switch_status_t switch_ivr_unhold(switch_core_session_t *session);
switch_status_t switch_ivr_multi_threaded_bridge(switch_core_session_t *session, switch_core_session_t *peer_session, switch_input_callback_function_t dtmf_callback, void *session_data, void *peer_session_data);
switch_status_t switch_ivr_bridge_bleg(switch_core_session_t *session, switch_core_session_t *peer_session, uint32_t max_wait_ms);
switch_status_t switch_ivr_originate(switch_core_session_t *session, switch_core_session_t **bleg, switch_call_cause_t *cause, const char *bridgeto, uint32_t timelimit_sec, const switch_state_handler_table_t *table, const char *cid_name_override, const char *cid_num_override, switch_caller_profile_t *caller_profile_override, switch_event_t *ovars, switch_originate_flag_t flags, switch_call_cause_t *cancel_cause, switch_dial_handle_t *dh);
