using System.Buffers.Binary;
using System.Text;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// The sounds we play to callers and agents, computed: nobody's music, no licence, no file. All are mono, 16 bit, 8 kHz, which is what a
/// telephone line carries.
/// </summary>
internal static class Sounds
{
    public const int SampleRate = 8000;

    /// <summary>Names the Voice SDK plays sounds under (its <c>Device.SoundName</c>).</summary>
    public static readonly IReadOnlyList<string> SoftphoneNames =
    [
        "incoming", "outgoing", "disconnect",
        "dtmf0", "dtmf1", "dtmf2", "dtmf3", "dtmf4", "dtmf5", "dtmf6", "dtmf7", "dtmf8", "dtmf9", "dtmfs", "dtmfh",
    ];

    private static readonly Lazy<byte[]> Music = new(ComposeHoldMusic);
    private static readonly Lazy<byte[]> Ringing = new(ComposeRingback);

    /// <summary>Four soft chords of 3.2 s; each begins and ends in silence, so the loop has no click.</summary>
    public static byte[] HoldMusic => Music.Value;

    /// <summary>The tone that says "it rings there": 440 and 480 Hz, 2 s on, 4 s off (North America, ITU-T E.180).</summary>
    public static byte[] Ringback => Ringing.Value;

    /// <summary>A short local sound of the softphone; <see langword="null"/> for a name it does not have.</summary>
    public static byte[]? Softphone(string name)
    {
        if (!SoftphoneNames.Contains(name))
        {
            return null;
        }

        // The ring is our own page's work, with its own volume and device; the SDK's must stay silent.
        if (name is "incoming")
        {
            return Wave(new double[SampleRate / 10]);
        }

        if (name is "outgoing" or "disconnect")
        {
            return Wave(Tones(TimeSpan.FromMilliseconds(120), 0.08, name == "outgoing" ? [523.25] : [392.0]));
        }

        const string keys = "123456789*0#";
        var key = keys.IndexOf(name switch { "dtmfs" => '*', "dtmfh" => '#', _ => name[4] }, StringComparison.Ordinal);
        double[] rows = [697, 770, 852, 941];
        double[] columns = [1209, 1336, 1477]; // ITU-T Q.23
        return Wave(Tones(TimeSpan.FromMilliseconds(120), 0.08, [rows[key / 3], columns[key % 3]]));
    }

    private static byte[] ComposeHoldMusic()
    {
        double[][] chords =
        [
            [130.81, 196.00, 261.63, 329.63, 493.88], // C major seventh
            [110.00, 164.81, 261.63, 329.63, 392.00], // A minor seventh
            [87.31, 174.61, 220.00, 261.63, 329.63],  // F major seventh
            [98.00, 146.83, 196.00, 246.94, 329.63],  // G sixth
        ];
        return Wave(chords.SelectMany(chord => Swell(TimeSpan.FromSeconds(3.2), chord)));
    }

    private static byte[] ComposeRingback() =>
        Wave(Tones(TimeSpan.FromSeconds(2), 0.08, [440, 480]).Concat(new double[4 * SampleRate]));

    /// <summary>A chord that rises and falls. Higher partials are quieter; two slightly different voices a note make it warm.</summary>
    private static IEnumerable<double> Swell(TimeSpan length, double[] notes)
    {
        var samples = (int)(length.TotalSeconds * SampleRate);
        for (var i = 0; i < samples; i++)
        {
            var t = (double)i / SampleRate;
            var envelope = Math.Pow(Math.Sin(Math.PI * i / samples), 0.7);
            var sum = 0.0;
            foreach (var note in notes)
            {
                sum += Math.Sin(2 * Math.PI * note * t) + (0.5 * Math.Sin(2 * Math.PI * note * 1.003 * t))
                    + (0.15 * Math.Sin(4 * Math.PI * note * t));
            }

            yield return 0.14 * envelope * sum / notes.Length;
        }
    }

    private static IEnumerable<double> Tones(TimeSpan length, double amplitude, double[] frequencies)
    {
        var samples = (int)(length.TotalSeconds * SampleRate);
        var ramp = SampleRate / 100; // 10 ms in and out, or it clicks
        for (var i = 0; i < samples; i++)
        {
            var edge = Math.Min(1.0, Math.Min(i, samples - 1 - i) / (double)ramp);
            yield return amplitude * edge * frequencies.Sum(f => Math.Sin(2 * Math.PI * f * i / SampleRate));
        }
    }

    /// <summary>A RIFF file of 16 bit PCM from samples between -1 and 1.</summary>
    private static byte[] Wave(IEnumerable<double> samples)
    {
        var pcm = samples.Select(sample => (short)(Math.Clamp(sample, -1, 1) * short.MaxValue)).ToArray();
        var file = new byte[44 + (pcm.Length * 2)];
        Encoding.ASCII.GetBytes("RIFF").CopyTo(file, 0);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        Encoding.ASCII.GetBytes("WAVEfmt ").CopyTo(file, 8);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), SampleRate * 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        Encoding.ASCII.GetBytes("data").CopyTo(file, 36);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), pcm.Length * 2);
        for (var i = 0; i < pcm.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44 + (i * 2)), pcm[i]);
        }

        return file;
    }
}
