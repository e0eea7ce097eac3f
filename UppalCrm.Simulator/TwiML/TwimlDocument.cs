using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace UppalCrm.Simulator.TwiML;

/// <summary>An element of a TwiML document: a verb, or a noun inside one.</summary>
/// <param name="Text">Its own text, not trimmed.</param>
internal sealed record Verb(string Name, IReadOnlyDictionary<string, string> Attributes, string Text, IReadOnlyList<Verb> Children)
{
    /// <summary>The attribute, or null when it is not there. An empty one is there.</summary>
    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

    public string Get(string attribute, string otherwise) => Attributes.GetValueOrDefault(attribute, otherwise);

    public bool Is(string attribute, bool otherwise = false) =>
        Attributes.TryGetValue(attribute, out var value) ? value is "true" or "True" or "TRUE" : otherwise;

    public int Number(string attribute, int otherwise, int least, int most) =>
        int.TryParse(Attributes.GetValueOrDefault(attribute), out var value) ? Math.Clamp(value, least, most) : otherwise;

    /// <summary>The words of an attribute that is a list, e.g. <c>statusCallbackEvent</c>.</summary>
    public string[] Words(string attribute) =>
        (Attributes.GetValueOrDefault(attribute) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Something that Twilio's debugger would show about a document.</summary>
internal sealed record TwimlIssue(int Code, string Text);

/// <param name="Url">
/// Where it came from: relative addresses in it start here. Null for TwiML given with a REST request, where only absolute addresses
/// work.
/// </param>
/// <param name="Issues">Warnings: the document is carried out all the same.</param>
internal sealed record TwimlDocument(IReadOnlyList<Verb> Verbs, string? Url, IReadOnlyList<TwimlIssue> Issues)
{
    private const int LargestDocument = 64 * 1024;

    /// <summary>Reads an answer to a voice request, by its content type.</summary>
    /// <returns>The document, or null and the reason why it is none.</returns>
    public static (TwimlDocument? Document, TwimlIssue? Failure) Read(byte[] body, string? contentType, string url)
    {
        var media = contentType?.Split(';', 2)[0].Trim().ToLowerInvariant() ?? "";
        if (media.StartsWith("audio/", StringComparison.Ordinal))
        {
            return (new TwimlDocument([new Verb("Play", Nothing, url, []), new Verb("Hangup", Nothing, "", [])], url, []), null);
        }

        if (body.Length == 0)
        {
            return (null, new TwimlIssue(11770, "the answer is empty where TwiML is due; an empty <Response/> would do"));
        }

        switch (media)
        {
            case "text/xml" or "application/xml" or "text/html":
                return Parse(body, url);
            case "text/plain":
                var (document, _) = Parse(body, url);
                return document is not null
                    ? (document, null)
                    : (
                        new TwimlDocument(
                            [new Verb("Say", Nothing, Encoding.UTF8.GetString(body), []), new Verb("Hangup", Nothing, "", [])], url, []),
                        null);
            default:
                return (
                    null,
                    new TwimlIssue(
                        12300, media.Length == 0 ? "the answer has no Content-Type" : $"the Content-Type '{media}' is not one for TwiML"));
        }
    }

    public static (TwimlDocument? Document, TwimlIssue? Failure) Parse(string xml) => Parse(Encoding.UTF8.GetBytes(xml), null);

    public static (TwimlDocument? Document, TwimlIssue? Failure) Parse(byte[] body, string? url)
    {
        if (body.Length > LargestDocument)
        {
            return (null, new TwimlIssue(11750, "the document is larger than 64 kB"));
        }

        if (body is [0xEF, 0xBB, 0xBF, ..])
        {
            return (null, new TwimlIssue(12100, "a byte order mark stands before the XML declaration"));
        }

        XElement root;
        try
        {
            using var stream = new MemoryStream(body);
            using var reader = XmlReader.Create(
                stream,
                new XmlReaderSettings
                {
                    DtdProcessing = DtdProcessing.Prohibit,
                    XmlResolver = null,
                    IgnoreComments = true,
                    IgnoreProcessingInstructions = true,
                });
            root = XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root!;
        }
        catch (XmlException ex)
        {
            return (null, new TwimlIssue(12100, $"not XML: {ex.Message}"));
        }

        if (root.Name.LocalName != "Response")
        {
            return (null, new TwimlIssue(12102, $"the root is <{root.Name.LocalName}>, not <Response>"));
        }

        var issues = new List<TwimlIssue>();
        var verbs = root.Elements().Select(element => VerbOf(element, "Response", issues)).OfType<Verb>().ToList();
        return (new TwimlDocument(verbs, url, issues), null);
    }

    private static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>(StringComparer.Ordinal);

    private static Verb? VerbOf(XElement element, string parent, List<TwimlIssue> issues)
    {
        var name = element.Name.LocalName;
        if (!TwimlSchema.Allows(parent, name))
        {
            issues.Add(new TwimlIssue(12200, $"<{name}> is not known inside <{parent}>, and was passed over"));
            return null;
        }

        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in element.Attributes())
        {
            if (attribute.IsNamespaceDeclaration)
            {
                continue;
            }

            var problem = TwimlSchema.ProblemOf(name, attribute.Name.LocalName, attribute.Value);
            if (problem is not null)
            {
                issues.Add(problem);
            }

            if (problem is null || problem.Code != 12200)
            {
                attributes[attribute.Name.LocalName] = attribute.Value;
            }
        }

        // Say holds SSML, which is text to us.
        if (name == "Say")
        {
            return new Verb(name, attributes, element.Value, []);
        }

        var children = element.Elements().Select(child => VerbOf(child, name, issues)).OfType<Verb>().ToList();
        return new Verb(name, attributes, string.Concat(element.Nodes().OfType<XText>().Select(text => text.Value)), children);
    }
}
