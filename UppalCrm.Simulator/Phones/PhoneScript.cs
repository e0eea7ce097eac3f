using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.Phones;

/// <summary>What a scripted phone (or softphone) does when it is called. Times are in seconds.</summary>
public sealed record PhoneScript
{
    /// <summary>Rings so long, then answers.</summary>
    public double AnswerAfter { get; init; } = 1;

    /// <summary>After answering, talks so long and then does <see cref="Then"/>. Not set: talks until the other side hangs up.</summary>
    public double? Talk { get; init; }

    /// <summary>Only <c>hangup</c>.</summary>
    public string Then { get; init; } = "hangup";

    /// <summary>Keys pressed after answering; <c>w</c> waits half a second, <c>W</c> one.</summary>
    public string? Digits { get; init; }

    /// <summary>Is engaged.</summary>
    public bool Busy { get; init; }

    /// <summary>Rings for <see cref="AnswerAfter"/> and is then declined by its owner.</summary>
    public bool Reject { get; init; }

    /// <summary>Rings and is never answered.</summary>
    public bool NoAnswer { get; init; }

    /// <summary>Cannot be reached.</summary>
    public bool Fail { get; init; }
}

/// <summary>A phone or softphone that follows a script and has no sound.</summary>
internal sealed class ScriptedEnd(Exchange exchange, PhoneScript script) : IFarEnd
{
    public bool HasSound => false;

    public void Ring(Leg leg)
    {
        if (script.Fail)
        {
            exchange.End(leg, LegStatus.Failed, 404, "cannot be reached");
            return;
        }

        if (script.Busy)
        {
            exchange.End(leg, LegStatus.Busy, 486, "is busy");
            return;
        }

        exchange.Ringing(leg);
        if (!script.NoAnswer)
        {
            exchange.Loop.After(Seconds(script.AnswerAfter), () =>
            {
                if (script.Reject)
                {
                    exchange.HangUp(leg, "the called");
                }
                else
                {
                    exchange.Answer(leg);
                }
            });
        }
    }

    public Task<bool> ConnectAsync(Leg leg) => Task.FromResult(true);

    public void Connected(Leg leg)
    {
        if (script.Digits is { Length: > 0 } digits)
        {
            Press(exchange, leg, digits, TimeSpan.FromMilliseconds(500));
        }

        if (script.Talk is { } talk)
        {
            exchange.Loop.After(Seconds(talk), () =>
            {
                if (!leg.IsOver)
                {
                    exchange.HangUp(leg, "the scripted phone");
                }
            });
        }
    }

    public void Ended(Leg leg)
    {
        // A scripted phone has nothing to do.
    }

    /// <summary>Presses keys one after another: 0.1 s between them, <c>w</c> half a second more, <c>W</c> one.</summary>
    public static void Press(Exchange exchange, Leg leg, string digits, TimeSpan after)
    {
        var at = after;
        foreach (var digit in digits)
        {
            if (digit is 'w' or 'W')
            {
                at += TimeSpan.FromSeconds(digit == 'w' ? 0.5 : 1);
            }
            else if (digit is (>= '0' and <= '9') or '*' or '#')
            {
                exchange.Loop.After(at, () => leg.Press(digit));
                at += TimeSpan.FromMilliseconds(100);
            }
        }
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 24 * 3600));
}
