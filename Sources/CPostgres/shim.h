// libpq, PostgreSQL's client library; nothing else.
#pragma once

#include <libpq-fe.h>
