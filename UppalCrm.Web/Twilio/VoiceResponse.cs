using System.Globalization;
using System.Text;
using System.Xml;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// What Twilio is to do next, as TwiML (twilio.com/docs/voice/twiml). Only verbs and attributes that Twilio knows can be written, and
/// whatever text is put in, the document parses: characters that XML 1.0 forbids are left out.
/// </summary>
public sealed class VoiceResponse(params TwimlElement[] verbs) : IResult
{
    private static readonly XmlWriterSettings Settings = new()
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), // A byte order mark is error 12100 at Twilio.
        NewLineHandling = NewLineHandling.Entitize, // A line break in an attribute must survive the reader.
    };

    /// <summary>The whole document on one line, with its declaration.</summary>
    public override string ToString() => Encoding.UTF8.GetString(ToBytes());

    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var bytes = ToBytes();
        httpContext.Response.ContentType = "text/xml; charset=utf-8";
        httpContext.Response.ContentLength = bytes.Length;
        return httpContext.Response.Body.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
    }

    private byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, Settings))
        {
            xml.WriteStartDocument();
            xml.WriteStartElement("Response");
            foreach (var verb in verbs)
            {
                verb.WriteTo(xml);
            }

            xml.WriteEndElement();
        }

        return buffer.ToArray();
    }
}

/// <summary>A verb, or what stands inside one. Attributes that are null are not written; empty ones are.</summary>
public abstract record TwimlElement
{
    private protected abstract IEnumerable<(string Name, object? Value)> Attributes();

    private protected virtual string? Content => null;

    private protected virtual IEnumerable<TwimlElement> Children => [];

    internal void WriteTo(XmlWriter xml)
    {
        xml.WriteStartElement(GetType().Name);
        foreach (var (name, value) in Attributes())
        {
            if (value is not null)
            {
                xml.WriteAttributeString(name, OnlyLegal(InTwiml(value)));
            }
        }

        if (Content is { Length: > 0 } text)
        {
            xml.WriteString(OnlyLegal(text));
        }

        foreach (var child in Children)
        {
            child.WriteTo(xml);
        }

        xml.WriteEndElement();
    }

    private static string InTwiml(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        TimeSpan time => ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>Without what XML 1.0 has no way to write: control characters, U+FFFE, U+FFFF, halves of a surrogate pair.</summary>
    private static string OnlyLegal(string text)
    {
        var kept = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                kept.Append(text, i, 2);
                i++;
            }
            else if (XmlConvert.IsXmlChar(text[i]))
            {
                kept.Append(text[i]);
            }
        }

        return kept.ToString();
    }
}

/// <summary>Speaks a text.</summary>
public sealed record Say(string Text) : TwimlElement
{
    public string? Voice { get; init; }

    public string? Language { get; init; }

    /// <summary>How often; 0 is without end (at most 1000 times).</summary>
    public int? Loop { get; init; }

    private protected override string Content => Text;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() =>
        [("voice", Voice), ("language", Language), ("loop", Loop)];
}

/// <summary>Plays a sound file, or digits, or both.</summary>
public sealed record Play(string? Url = null) : TwimlElement
{
    /// <summary>How often; 0 is without end (at most 1000 times).</summary>
    public int? Loop { get; init; }

    public string? Digits { get; init; }

    private protected override string? Content => Url;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() => [("loop", Loop), ("digits", Digits)];
}

/// <summary>Waits, by default one second.</summary>
public sealed record Pause(TimeSpan? Length = null) : TwimlElement
{
    private protected override IEnumerable<(string Name, object? Value)> Attributes() => [("length", Length)];
}

/// <summary>Ends the call.</summary>
public sealed record Hangup : TwimlElement
{
    private protected override IEnumerable<(string Name, object? Value)> Attributes() => [];
}

/// <summary>Leaves a queue; only in a queue's wait document.</summary>
public sealed record Leave : TwimlElement
{
    private protected override IEnumerable<(string Name, object? Value)> Attributes() => [];
}

/// <summary>Does not take the call. Only as the first verb: anything before it has answered already.</summary>
public sealed record Reject(string? Reason = null) : TwimlElement
{
    private protected override IEnumerable<(string Name, object? Value)> Attributes() => [("reason", Reason)];
}

/// <summary>Goes on with another document.</summary>
public sealed record Redirect(string Url) : TwimlElement
{
    public string? Method { get; init; }

    private protected override string Content => Url;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() => [("method", Method)];
}

/// <summary>Waits for digits or speech. What is inside is said meanwhile.</summary>
public sealed record Gather(params TwimlElement[] Prompts) : TwimlElement
{
    public string? Action { get; init; }
    public string? Method { get; init; }
    public string? Input { get; init; }
    public int? NumDigits { get; init; }
    public TimeSpan? Timeout { get; init; }

    /// <summary>The key that ends the input; empty for none.</summary>
    public string? FinishOnKey { get; init; }

    public bool? ActionOnEmptyResult { get; init; }

    private protected override IEnumerable<TwimlElement> Children => Prompts;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() =>
    [
        ("action", Action), ("method", Method), ("input", Input), ("numDigits", NumDigits), ("timeout", Timeout),
        ("finishOnKey", FinishOnKey), ("actionOnEmptyResult", ActionOnEmptyResult),
    ];
}

/// <summary>Records the caller. Without an <see cref="Action"/> Twilio asks for the same document again and so records for ever.</summary>
public sealed record Record : TwimlElement
{
    public string? Action { get; init; }
    public string? Method { get; init; }

    /// <summary>Silence that ends the recording.</summary>
    public TimeSpan? Timeout { get; init; }

    public string? FinishOnKey { get; init; }
    public TimeSpan? MaxLength { get; init; }
    public bool? PlayBeep { get; init; }
    public string? Trim { get; init; }
    public string? RecordingStatusCallback { get; init; }
    public string? RecordingStatusCallbackMethod { get; init; }
    public string? RecordingStatusCallbackEvent { get; init; }

    private protected override IEnumerable<(string Name, object? Value)> Attributes() =>
    [
        ("action", Action), ("method", Method), ("timeout", Timeout), ("finishOnKey", FinishOnKey), ("maxLength", MaxLength),
        ("playBeep", PlayBeep), ("trim", Trim), ("recordingStatusCallback", RecordingStatusCallback),
        ("recordingStatusCallbackMethod", RecordingStatusCallbackMethod), ("recordingStatusCallbackEvent", RecordingStatusCallbackEvent),
    ];
}

/// <summary>Connects the call with other parties.</summary>
public sealed record Dial(params TwimlElement[] Parties) : TwimlElement
{
    public string? Action { get; init; }
    public string? Method { get; init; }
    public bool? AnswerOnBridge { get; init; }
    public string? CallerId { get; init; }
    public TimeSpan? Timeout { get; init; }
    public TimeSpan? TimeLimit { get; init; }
    public string? Record { get; init; }
    public string? RecordingStatusCallback { get; init; }
    public string? RecordingStatusCallbackMethod { get; init; }
    public string? RecordingStatusCallbackEvent { get; init; }

    private protected override IEnumerable<TwimlElement> Children => Parties;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() =>
    [
        ("action", Action), ("method", Method), ("answerOnBridge", AnswerOnBridge), ("callerId", CallerId), ("timeout", Timeout),
        ("timeLimit", TimeLimit), ("record", Record), ("recordingStatusCallback", RecordingStatusCallback),
        ("recordingStatusCallbackMethod", RecordingStatusCallbackMethod), ("recordingStatusCallbackEvent", RecordingStatusCallbackEvent),
    ];
}

/// <summary>
/// A room in which all hear one another. Callbacks, recording and trimming are the room's: Twilio takes the first participant's and
/// ignores the later ones'.
/// </summary>
public sealed record Conference(string Name) : TwimlElement
{
    public bool? Muted { get; init; }

    /// <summary><c>true</c>, <c>false</c>, <c>onEnter</c>, <c>onExit</c>; Twilio's default is <c>true</c>.</summary>
    public string? Beep { get; init; }

    public bool? StartConferenceOnEnter { get; init; }
    public bool? EndConferenceOnExit { get; init; }
    public string? ParticipantLabel { get; init; }

    /// <summary>The leg that alone hears this one.</summary>
    public string? Coach { get; init; }

    /// <summary>What is heard while the room has not started; empty for silence.</summary>
    public string? WaitUrl { get; init; }

    public string? WaitMethod { get; init; }
    public string? Record { get; init; }
    public string? Trim { get; init; }
    public string? StatusCallback { get; init; }
    public string? StatusCallbackMethod { get; init; }
    public string? StatusCallbackEvent { get; init; }
    public string? RecordingStatusCallback { get; init; }
    public string? RecordingStatusCallbackMethod { get; init; }
    public string? RecordingStatusCallbackEvent { get; init; }

    private protected override string Content => Name;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() =>
    [
        ("muted", Muted), ("beep", Beep), ("startConferenceOnEnter", StartConferenceOnEnter), ("endConferenceOnExit", EndConferenceOnExit),
        ("participantLabel", ParticipantLabel), ("coach", Coach), ("waitUrl", WaitUrl), ("waitMethod", WaitMethod), ("record", Record),
        ("trim", Trim), ("statusCallback", StatusCallback), ("statusCallbackMethod", StatusCallbackMethod),
        ("statusCallbackEvent", StatusCallbackEvent), ("recordingStatusCallback", RecordingStatusCallback),
        ("recordingStatusCallbackMethod", RecordingStatusCallbackMethod), ("recordingStatusCallbackEvent", RecordingStatusCallbackEvent),
    ];
}

/// <summary>A telephone to ring.</summary>
public sealed record Number(string PhoneNumber) : TwimlElement
{
    public string? Url { get; init; }
    public string? Method { get; init; }
    public string? StatusCallback { get; init; }
    public string? StatusCallbackMethod { get; init; }
    public string? StatusCallbackEvent { get; init; }

    private protected override string Content => PhoneNumber;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() =>
    [
        ("url", Url), ("method", Method), ("statusCallback", StatusCallback), ("statusCallbackMethod", StatusCallbackMethod),
        ("statusCallbackEvent", StatusCallbackEvent),
    ];
}

/// <summary>A softphone to ring: by its name alone, or by <see cref="Identity"/> with <see cref="Parameter"/>s for it.</summary>
public sealed record Client(string? Name, params TwimlElement[] Details) : TwimlElement
{
    public string? StatusCallback { get; init; }
    public string? StatusCallbackEvent { get; init; }

    private protected override string? Content => Name;

    private protected override IEnumerable<TwimlElement> Children => Details;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() =>
        [("statusCallback", StatusCallback), ("statusCallbackEvent", StatusCallbackEvent)];
}

/// <summary>The name of the softphone inside <see cref="Client"/>.</summary>
public sealed record Identity(string Name) : TwimlElement
{
    private protected override string Content => Name;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() => [];
}

/// <summary>Something the softphone is told with the ring.</summary>
public sealed record Parameter(string Name, string Value) : TwimlElement
{
    private protected override IEnumerable<(string Name, object? Value)> Attributes() => [("name", Name), ("value", Value)];
}

/// <summary>Puts the call into a queue of Twilio's.</summary>
public sealed record Enqueue(string Queue) : TwimlElement
{
    public string? Action { get; init; }
    public string? WaitUrl { get; init; }
    public string? WaitUrlMethod { get; init; }

    private protected override string Content => Queue;

    private protected override IEnumerable<(string Name, object? Value)> Attributes() =>
        [("action", Action), ("waitUrl", WaitUrl), ("waitUrlMethod", WaitUrlMethod)];
}
