/* What bindgen reads: the installed headers when there are any, else our own description of the part that we use. */
#ifdef CALLPARK_INSTALLED_HEADERS
#include <switch.h>
#else
#include "bundled/freeswitch.h"
#endif
