#include "amqp_shim.h"
