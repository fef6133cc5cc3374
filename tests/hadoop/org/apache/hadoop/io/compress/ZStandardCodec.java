package org.apache.hadoop.io.compress;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Stands for Hadoop's class of this name, which works with Hadoop's native library only, and that is
 * not on Maven Central. Like it, this one makes and reads plain zstd frames; everything else in the
 * test is Hadoop's own.
 */
public class ZStandardCodec implements CompressionCodec {
    @Override
    public CompressionOutputStream createOutputStream(OutputStream out) {
        return new Frames(out);
    }

    @Override
    public CompressionOutputStream createOutputStream(OutputStream out, Compressor compressor) {
        return new Frames(out);
    }

    @Override
    public Class<? extends Compressor> getCompressorType() {
        return null;
    }

    @Override
    public Compressor createCompressor() {
        return null;
    }

    @Override
    public CompressionInputStream createInputStream(InputStream in) throws IOException {
        return new Content(in);
    }

    @Override
    public CompressionInputStream createInputStream(InputStream in, Decompressor decompressor)
            throws IOException {
        return new Content(in);
    }

    @Override
    public Class<? extends Decompressor> getDecompressorType() {
        return null;
    }

    @Override
    public Decompressor createDecompressor() {
        return null;
    }

    @Override
    public String getDefaultExtension() {
        return ".zst";
    }

    private static class Frames extends CompressionOutputStream {
        private final ByteArrayOutputStream plain = new ByteArrayOutputStream();

        Frames(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int size) {
            plain.write(bytes, offset, size);
        }

        @Override
        public void write(int one) {
            plain.write(one);
        }

        @Override
        public void flush() {
        }

        @Override
        public void finish() throws IOException {
            out.write(Zstd.compress(plain.toByteArray()));
            plain.reset();
        }

        @Override
        public void resetState() {
            plain.reset();
        }
    }

    private static class Content extends CompressionInputStream {
        private InputStream plain;

        Content(InputStream in) throws IOException {
            super(in);
        }

        private InputStream plain() throws IOException {
            if (plain == null)
                plain = new ByteArrayInputStream(new ZstdInputStream(in).readAllBytes());
            return plain;
        }

        @Override
        public int read(byte[] bytes, int offset, int size) throws IOException {
            return plain().read(bytes, offset, size);
        }

        @Override
        public int read() throws IOException {
            return plain().read();
        }

        @Override
        public void resetState() {
            plain = null;
        }
    }
}
