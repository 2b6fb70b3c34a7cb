//! All functions of the host that the stand-in offers. What stands here is kept by the linker, and shown to the module.

use freeswitch_sys as sys;
use std::ffi::c_void;

macro_rules! exports {
    ($($name:ident)*) => {
        [$((stringify!($name), sys::$name as *const () as *const c_void)),*]
    };
}

/// Every function by name, with its address.
pub fn exported() -> Vec<(&'static str, *const c_void)> {
    std::hint::black_box(exports![
        switch_loadable_module_create_module_interface
        switch_loadable_module_create_interface
        switch_console_set_complete
        switch_console_add_complete_func
        switch_console_del_complete_func
        switch_console_push_match
        switch_console_free_matches
        switch_loadable_module_exists
        switch_log_printf
        switch_core_get_domain
        switch_core_get_switchname
        switch_uuid_str
        switch_epoch_time_now
        switch_micro_time_now
        switch_core_perform_new_memory_pool
        switch_core_perform_destroy_memory_pool
        switch_mutex_init
        switch_mutex_lock
        switch_mutex_unlock
        switch_thread_cond_create
        switch_thread_cond_broadcast
        switch_thread_cond_timedwait
        switch_threadattr_create
        switch_threadattr_stacksize_set
        switch_thread_create
        switch_thread_join
        switch_scheduler_add_task
        switch_scheduler_del_task_group
        switch_event_create_subclass_detailed
        switch_event_add_header_string
        switch_event_fire_detailed
        switch_event_destroy
        switch_event_bind_removable
        switch_event_unbind
        switch_event_get_header_idx
        switch_event_reserve_subclass_detailed
        switch_event_free_subclass_detailed
        switch_channel_event_set_data
        switch_core_chat_send_args
        switch_xml_open_cfg
        switch_xml_locate_user_merged
        switch_xml_reload
        switch_xml_free
        cJSON_Parse
        cJSON_PrintUnformatted
        cJSON_free
        cJSON_Delete
        switch_event_channel_bind
        switch_event_channel_unbind
        switch_event_channel_permission_verify
        switch_event_channel_permission_modify
        switch_event_channel_permission_clear
        switch_live_array_create
        switch_live_array_add
        switch_live_array_del
        switch_live_array_bootstrap
        switch_live_array_destroy
        switch_core_session_perform_locate
        switch_core_session_perform_force_locate
        switch_core_session_perform_get_partner
        switch_core_session_perform_receive_message
        switch_core_session_rwunlock
        switch_core_session_findall_matching_var
        switch_core_session_get_uuid
        switch_core_session_get_channel
        switch_core_event_hook_add_receive_message
        switch_core_event_hook_remove_receive_message
        switch_core_recovery_track
        switch_channel_get_variable_dup
        switch_channel_expand_variables_check
        switch_channel_set_variable_var_check
        switch_channel_add_variable_var_check
        switch_channel_set_profile_var
        switch_channel_get_caller_profile
        switch_channel_get_timetable
        switch_channel_get_hold_music
        switch_channel_direction
        switch_channel_get_state
        switch_channel_get_cause
        switch_channel_str2cause
        switch_channel_cause2str
        switch_channel_test_flag
        switch_channel_set_flag_value
        switch_channel_clear_flag
        switch_channel_test_ready
        switch_channel_wait_for_flag
        switch_channel_perform_answer
        switch_channel_perform_hangup
        switch_ivr_play_file
        switch_ivr_sleep
        switch_ivr_phrase_macro_event
        switch_ivr_say
        switch_ivr_read
        switch_ivr_session_transfer
        switch_ivr_blind_transfer_ack
        switch_ivr_media
        switch_ivr_unhold
        switch_ivr_multi_threaded_bridge
        switch_ivr_bridge_bleg
        switch_ivr_originate
    ])
    .to_vec()
}
