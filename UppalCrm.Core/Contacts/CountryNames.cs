using System.Collections.Frozen;

namespace UppalCrm.Core.Contacts;

/// <summary>
/// Countries as files name them: in English, German, French, Spanish and Italian, in their own language, and by two or three letters.
/// </summary>
internal static class CountryNames
{
    /// <summary>
    /// Its code of two letters (ISO 3166), then its names as <see cref="NameOrder.KeyOf"/> writes them, without blanks and signs.
    /// </summary>
    private const string Names =
        """
        AE unitedarabemirates uae are vereinigtearabischeemirate emiratsarabesunis الامارات الإمارات
        AR argentina arg argentinien argentine
        AT austria aut osterreich oesterreich autriche
        AU australia aus australien australie
        BE belgium bel belgien belgique belgie belgica belgio
        BG bulgaria bgr bulgarien bulgarie българия
        BR brazil bra brasil brasilien bresil brasile
        CA canada can kanada
        CH switzerland che schweiz suisse svizzera suiza
        CL chile chl chili cile
        CN china chn prchina peoplesrepublicofchina chine cina 中国 中華人民共和国
        CO colombia col kolumbien colombie
        CZ czechrepublic czechia cze tschechien tschechischerepublik republiquetcheque tchequie cesko ceskarepublika chequia
        DE germany deu ger deutschland allemagne alemania germania bundesrepublikdeutschland brd frg
        DK denmark dnk danemark danmark dinamarca danimarca
        EE estonia est estland eesti estonie
        EG egypt egy agypten aegypten egypte egipto مصر
        ES spain esp spanien espagne espana spagna
        FI finland fin finnland finlande suomi finlandia
        FR france fra frankreich francia
        GB unitedkingdom greatbritain uk gbr england scotland wales northernireland grossbritannien vereinigteskoenigreich vereinigteskonigreich royaumeuni grandebretagne reinounido regnounito granbretagna
        GR greece grc griechenland grece grecia ελλαδα hellas
        HK hongkong hkg 香港
        HR croatia hrv kroatien croatie hrvatska croacia croazia
        HU hungary hun ungarn hongrie magyarorszag hungria ungheria
        ID indonesia idn indonesien indonesie
        IE ireland irl irland irlande eire irlanda republicofireland
        IL israel isr ישראל
        IN india ind indien inde bharat भारत
        IS iceland isl island islande
        IT italy ita italien italie italia
        JP japan jpn japon giappone 日本
        KR southkorea korea republicofkorea korearepublicof kor sudkorea suedkorea coreedusud coreadelsur 한국 대한민국
        LI liechtenstein lie
        LT lithuania ltu litauen lituanie lietuva
        LU luxembourg lux luxemburg
        LV latvia lva lettland lettonie latvija
        MX mexico mex mexiko mexique messico
        MY malaysia mys
        NL netherlands thenetherlands nld holland niederlande paysbas nederland paisesbajos paesibassi
        NO norway nor norwegen norvege norge noruega
        NZ newzealand nzl neuseeland nouvellezelande
        PH philippines phl philippinen pilipinas
        PL poland pol polen pologne polska polonia
        PT portugal prt portogallo
        RO romania rou rumanien rumaenien roumanie
        RS serbia srb serbien serbie srbija србија
        RU russia rus russland russie rusia россия russianfederation russischefoderation
        SA saudiarabia sau saudiarabien arabiesaoudite السعودية
        SE sweden swe schweden suede sverige suecia svezia
        SG singapore sgp singapur singapour
        SI slovenia svn slowenien slovenie slovenija
        SK slovakia svk slowakei slovaquie slovensko slovakrepublic
        TH thailand tha thailande ประเทศไทย ไทย
        TR turkey tur turkiye tuerkei turkei turquie turquia
        TW taiwan twn 台灣 台湾 臺灣
        UA ukraine ukr украина украіна
        US unitedstates unitedstatesofamerica usa america vereinigtestaaten vereinigtestaatenvonamerika etatsunis estadosunidos statiuniti
        VN vietnam vnm vietnam
        ZA southafrica zaf sudafrika suedafrika afriquedusud
        """;

    private static readonly FrozenDictionary<string, string> Codes = Names.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .SelectMany(words => words.Skip(1).Select(name => (Name: Key(name), Code: words[0]))).DistinctBy(pair => pair.Name)
        .ToFrozenDictionary(pair => pair.Name, pair => pair.Code, StringComparer.Ordinal);

    /// <summary>The code of a country that a cell names; null when it names none that we know.</summary>
    public static string? CodeOf(string cell)
    {
        var name = cell.Trim();
        return name.Length > 60 ? null
            : name.Length == 2 && name.All(char.IsAsciiLetter) && !name.Equals("uk", StringComparison.OrdinalIgnoreCase)
                ? name.ToUpperInvariant()
            : Codes.GetValueOrDefault(Key(name));
    }

    private static string Key(string name) => string.Concat(NameOrder.KeyOf(name).Where(char.IsLetterOrDigit));
}
