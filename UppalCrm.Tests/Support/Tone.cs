namespace UppalCrm.Tests.Support;

/// <summary>Tones: made, and measured in dBFS (a tone of half the full amplitude reads -6).</summary>
public static class Tone
{
    /// <summary>A mono 16-bit WAV of one tone at half amplitude.</summary>
    public static byte[] Wav(double hertz, int seconds, int rate = 48_000)
    {
        var samples = rate * seconds;
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory);
        writer.Write("RIFF"u8);
        writer.Write(36 + samples * 2);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(rate);
        writer.Write(rate * 2);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(samples * 2);
        for (var i = 0; i < samples; i++)
        {
            writer.Write((short)(Math.Sin(2 * Math.PI * hertz * i / rate) * 16_384));
        }

        return memory.ToArray();
    }

    /// <summary>The level of a tone in each channel of a 16-bit WAV, over its middle half.</summary>
    public static double[] LevelsIn(byte[] wav, double hertz)
    {
        var channels = BitConverter.ToInt16(wav, 22);
        var rate = BitConverter.ToInt32(wav, 24);
        var start = wav.AsSpan().IndexOf("data"u8) + 8;
        var frames = (wav.Length - start) / 2 / channels;
        var (from, to) = (frames / 4, frames * 3 / 4);
        return [.. Enumerable.Range(0, channels).Select(channel =>
        {
            double sine = 0, cosine = 0;
            for (var i = from; i < to; i++)
            {
                var value = BitConverter.ToInt16(wav, start + (i * channels + channel) * 2) / 32_768.0;
                sine += value * Math.Sin(2 * Math.PI * hertz * i / rate);
                cosine += value * Math.Cos(2 * Math.PI * hertz * i / rate);
            }

            var amplitude = 2 * Math.Sqrt(sine * sine + cosine * cosine) / Math.Max(1, to - from);
            return 20 * Math.Log10(Math.Max(amplitude, 1e-9));
        })];
    }

    /// <summary>How long a 16-bit WAV lasts.</summary>
    public static TimeSpan DurationOf(byte[] wav) =>
        TimeSpan.FromSeconds(
            (wav.Length - wav.AsSpan().IndexOf("data"u8) - 8) / 2.0 / BitConverter.ToInt16(wav, 22) / BitConverter.ToInt32(wav, 24));
}
