/* secret: see secret.h. */
#include "base/secret.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

bool leat_is_secret(const char *name)
{
    static const char *const words[] = {"password",    "secret",     "token",     "credential",
                                        "access.key",  "access_key", "accesskey", "jaas",
                                        "oauthbearer", ".pem"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (const char *at = name; *at != '\0'; at++)
            if (strncasecmp(at, words[i], strlen(words[i])) == 0)
                return true;
    return false;
}
