using System.Buffers.Binary;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

public sealed class SoundsTests
{
    [Fact]
    public void The_hold_music_is_a_quiet_loop_without_a_click()
    {
        var samples = Samples(Sounds.HoldMusic);

        Assert.InRange(samples.Length / (double)Sounds.SampleRate, 8, 16);
        Assert.InRange(samples.Max(Math.Abs), 0.05, 0.5);
        Assert.InRange(Math.Sqrt(samples.Average(s => s * s)), 0.02, 0.2);
        Assert.True(Math.Abs(samples[0] - samples[^1]) < 0.01, "the loop clicks");

        // A click is a jump between neighbours that no tone below 1 kHz at this loudness can make.
        Assert.True(samples.Zip(samples.Skip(1), (a, b) => Math.Abs(a - b)).Max() < 0.2);
    }

    [Fact]
    public void The_ringing_is_two_seconds_of_440_and_480_Hz_and_four_of_silence()
    {
        var samples = Samples(Sounds.Ringback);

        Assert.Equal(6 * Sounds.SampleRate, samples.Length);
        Assert.True(LevelOf(samples, 440) > 0.02 && LevelOf(samples, 480) > 0.02);
        Assert.True(LevelOf(samples, 1000) < 0.002);
        Assert.All(samples.Skip(2 * Sounds.SampleRate), sample => Assert.Equal(0, sample));
    }

    [Theory]
    [InlineData("dtmf1", 697, 1209)]
    [InlineData("dtmf0", 941, 1336)]
    [InlineData("dtmf9", 852, 1477)]
    [InlineData("dtmfs", 941, 1209)]
    [InlineData("dtmfh", 941, 1477)]
    public void A_key_sounds_as_ITU_T_Q_23_says(string name, double row, double column)
    {
        var samples = Samples(Sounds.Softphone(name)!);

        double[] all = [697, 770, 852, 941, 1209, 1336, 1477];
        Assert.Equal([row, column], all.OrderByDescending(f => LevelOf(samples, f)).Take(2).Order());
    }

    [Fact]
    public void A_sound_that_the_softphone_does_not_have_is_none() => Assert.Null(Sounds.Softphone("../secret"));

    private static double[] Samples(byte[] wave)
    {
        Assert.Equal("RIFF"u8.ToArray(), wave[..4]);
        Assert.Equal(wave.Length - 44, BinaryPrimitives.ReadInt32LittleEndian(wave.AsSpan(40)));
        return [.. Enumerable.Range(0, (wave.Length - 44) / 2).Select(i =>
            BinaryPrimitives.ReadInt16LittleEndian(wave.AsSpan(44 + (i * 2))) / 32768.0)];
    }

    /// <summary>The amplitude at one frequency.</summary>
    private static double LevelOf(double[] samples, double frequency)
    {
        double re = 0, im = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var angle = 2 * Math.PI * frequency * i / Sounds.SampleRate;
            re += samples[i] * Math.Cos(angle);
            im += samples[i] * Math.Sin(angle);
        }

        return 2 * Math.Sqrt((re * re) + (im * im)) / samples.Length;
    }
}
