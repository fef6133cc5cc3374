import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.DoubleWritable;
import org.apache.hadoop.io.LongWritable;
import org.apache.hadoop.io.NullWritable;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.SequenceFile.CompressionType;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.Writable;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.util.ReflectionUtils;

/**
 * Hadoop's side of hadoop_test.py: each line of standard input is
 *
 *   dump FILE OUT                                      prints a SequenceFile's records
 *   write FILE KEY VALUE TYPE CODEC COUNT              writes those that the test's model has
 */
public class SequenceFiles {
    private static final Configuration conf = new Configuration(false);

    public static void main(String[] arguments) throws Exception {
        conf.set("io.serializations", "org.apache.hadoop.io.serializer.WritableSerialization");
        for (String line : new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
            String[] words = line.split(" ");
            if (words[0].equals("dump"))
                dump(words[1], words[2]);
            else
                write(words[1], words[2], words[3], words[4], words[5], Integer.parseInt(words[6]));
        }
    }

    private static void dump(String file, String out) throws Exception {
        try (SequenceFile.Reader reader =
                        new SequenceFile.Reader(conf, SequenceFile.Reader.file(new Path("file://" + file)));
                PrintStream to = new PrintStream(Files.newOutputStream(Paths.get(out)))) {
            Writable key = (Writable) ReflectionUtils.newInstance(reader.getKeyClass(), conf);
            Writable value = (Writable) ReflectionUtils.newInstance(reader.getValueClass(), conf);
            CompressionCodec codec = reader.getCompressionCodec();
            to.println(reader.getKeyClass().getSimpleName() + " " + reader.getValueClass().getSimpleName() + " "
                    + reader.getCompressionType() + " " + (codec == null ? "-" : codec.getClass().getSimpleName()));
            while (reader.next(key, value))
                to.println(text(key) + " " + text(value));
        }
    }

    private static String text(Writable writable) {
        if (writable instanceof LongWritable)
            return Long.toString(((LongWritable) writable).get());
        if (writable instanceof DoubleWritable)
            return Long.toHexString(Double.doubleToLongBits(((DoubleWritable) writable).get()));
        if (writable instanceof Text)
            return hex(((Text) writable).copyBytes());
        if (writable instanceof BytesWritable)
            return hex(((BytesWritable) writable).copyBytes());
        return "-";
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder("x");
        for (byte one : bytes)
            text.append(String.format("%02x", one));
        return text.toString();
    }

    private static void write(String file, String key, String value, String type, String codec, int count)
            throws Exception {
        CompressionCodec made = null;
        if (!codec.equals("-"))
            made = (CompressionCodec) ReflectionUtils.newInstance(
                    Class.forName("org.apache.hadoop.io.compress." + codec), conf);
        try (SequenceFile.Writer writer = SequenceFile.createWriter(conf,
                     SequenceFile.Writer.file(new Path("file://" + file)),
                     SequenceFile.Writer.keyClass(Class.forName("org.apache.hadoop.io." + key)),
                     SequenceFile.Writer.valueClass(Class.forName("org.apache.hadoop.io." + value)),
                     SequenceFile.Writer.compression(CompressionType.valueOf(type), made))) {
            for (int i = 0; i < count; i++)
                writer.append(sample(key, i), sample(value, i));
        }
    }

    /** As sample() of hadoop_test.py has it. */
    private static Writable sample(String name, int i) {
        byte[] bytes = "gr\u00fc\u00df ".repeat(i % 97).concat(Integer.toString(i)).getBytes(StandardCharsets.UTF_8);
        switch (name) {
        case "LongWritable": return new LongWritable(i * 1234567891L - (1L << 40));
        case "DoubleWritable": return new DoubleWritable(i / 7.0 - 3);
        case "Text": return new Text(bytes);
        case "BytesWritable": return new BytesWritable(bytes);
        default: return NullWritable.get();
        }
    }
}
