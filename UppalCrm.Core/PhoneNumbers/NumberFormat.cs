namespace UppalCrm.Core.PhoneNumbers;

/// <summary>
/// Numbers as people write them: at home in the national form, others in the international one. What the carrier says when there is no
/// number is put into words.
/// </summary>
public sealed class NumberFormat(NumberParser parser, OurLines lines)
{
    /// <summary>
    /// E.g. <c>(202) 555-0111</c> at home, <c>+44 20 7946 0958</c> abroad, <c>Number withheld</c>; of another telephone system the user.
    /// </summary>
    public string Show(string? number)
    {
        var caller = CallerIdentity.Of(number);
        return caller.Kind switch
        {
            CallerKind.Withheld => "Number withheld",
            CallerKind.SipUser => caller.User,
            _ => parser.Format(caller.Number!.Value),
        };
    }

    /// <summary>E.g. <c>(202) 555-0111 ext. 102</c>.</summary>
    public string Show(string? number, string? extension) => extension is null ? Show(number) : $"{Show(number)} ext. {extension}";

    /// <summary>Who is on the other side: as <see cref="Show(string?)"/>, and our own lines named as such.</summary>
    public string ShowCaller(string? number) => IdentityOf(number).Kind == CallerKind.OurLine ? $"Our line {Show(number)}" : Show(number);

    /// <summary>Who the other side is, our own lines among them.</summary>
    public CallerIdentity IdentityOf(string? number)
    {
        var caller = CallerIdentity.Of(number);
        return caller.Kind == CallerKind.Number && lines.Contains(caller.Address) ? caller with { Kind = CallerKind.OurLine } : caller;
    }

    /// <summary>Whether there is a number that could be called back.</summary>
    public bool CanCallBack(string? number) => IdentityOf(number).Kind == CallerKind.Number;
}
