/* msgpack_echo: for each line of hex on stdin, the value written anew in hex, or "malformed". */
#include "tests/fuzz/msgpack_rewrite.h"
#include "tests/support/hex.h"

enum { LINE_MAX_BYTES = 1 << 20 };

static void echo(leat_msgpack_writer *writer, const char *hex)
{
    leat_bytes bytes = hex_bytes(hex);
    leat_msgpack_value value;
    leat_bytes written;

    if (leat_msgpack_value_read(bytes, &value, NULL) != LEAT_OK) {
        puts("malformed");
        hex_free(bytes);
        return;
    }
    leat_msgpack_writer_reset(writer);
    msgpack_rewrite(writer, value);
    written = leat_msgpack_written(writer);
    for (size_t i = 0; i < written.size; i++)
        printf("%02x", (unsigned)(unsigned char)written.data[i]);
    puts("");
    hex_free(bytes);
}

int main(void)
{
    static char line[LINE_MAX_BYTES];
    leat_msgpack_writer writer;

    leat_msgpack_writer_init(&writer);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        echo(&writer, line);
    }
    leat_msgpack_writer_release(&writer);
    return 0;
}
