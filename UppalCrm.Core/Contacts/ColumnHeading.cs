using System.Collections.Frozen;

namespace UppalCrm.Core.Contacts;

/// <summary>What a column of a file holds.</summary>
public enum ColumnMeaning
{
    Ignore,
    Name,
    NamePrefix,
    FirstName,
    MiddleName,

    /// <summary>What stands between first and last name, e.g. <c>van der</c>.</summary>
    NameParticle,
    LastName,
    NameSuffix,
    Company,
    Email,

    /// <summary>What kind the address is; nothing keeps it, but it is no address.</summary>
    EmailLabel,
    Number,

    /// <summary>The label of the number that it stands beside.</summary>
    NumberLabel,

    /// <summary>The extension of the number that it stands beside.</summary>
    Extension,

    /// <summary>The country of the row's numbers that are written without a calling code: by its name, its letters or that code.</summary>
    CountryCode,
    Notes,

    /// <summary>Words that contacts are grouped by, several in a cell.</summary>
    Tags,

    /// <summary>Whether, or why, the numbers of the row, or the number beside it, must not be called.</summary>
    DoNotCall,

    /// <summary>A field of the administrator's.</summary>
    Field,
}

/// <summary>
/// What the heading of a column says: read as whole words, in English, German, French, Spanish, Italian, Dutch and Portuguese, and as far
/// as programs write them in other languages; with or without accents. A part of a word says nothing: "Cancelled" is no cell phone.
/// </summary>
internal sealed class ColumnHeading
{
    /// <summary>Words that make a heading one of a telephone number.</summary>
    private static readonly FrozenSet<string> Telephone = Set(
        "phone phones telephone telephones tel telno telnr phoneno mobile mobil cell cellphone fax telefax facsimile whatsapp tfno "
        + "telf tlf tlfno "
        + "telefon telefone telefono telefonos telefoni telefoon telefonnummer telefonnr telefonnummern telefoonnummer rufnummer rufnr "
        + "handy handynummer handynr mobiltelefon "
        + "mobilnummer mobilfunk mobiel mobieltje festnetz festnetznummer faxnummer faxnr hauptrufnummer telephonique portable gsm natel "
        + "movil moviles celular celulares cellulare telemovel "
        + "assistantphone carphone companyphone mainphone primaryphone directphone contactphone billingphone shippingphone directdial "
        + "ddi ddinumber autotelefon haupttelefon firmentelefon privattelefon diensttelefon autotelefoon hoofdtelefoon radiotelefono "
        + "switchboard centralino centralita telecopie telecopieur phonenumber mobilenumber mobilephone homephone workphone businessphone officephone otherphone faxnumber "
        + "telephonenumber cellnumber telnummer telefonico telefonica landline ph mob mobiele telefonisch iphone "
        + "mobilnr telefonnumre mobiltelefonnummer puhelin puhelinnumero matkapuhelin telefonu telefonni telefonnı "
        + "komorka komorkowy komorkowe телефон телефоны тел мобильныи сотовыи 電話 電話番号 携帯 携帯電話 携帯番号 电话 电话号码 手机 手机号 手机号码 座机 "
        + "固定电话 联系电话 携帯電話番号 固定電話 전화 전화번호 휴대폰 휴대전화 휴대폰번호 τηλέφωνο κινητό טלפון נייד هاتف الهاتف جوال الجوال موبايل الموبايل "
        + "telefonszám mobilszám мобільний telepon ponsel");

    private static readonly FrozenSet<string> Mail = Set("email emails mail mails courriel emailadresse emailadres mailadresse mailadres "
        + "emailaddress correo почта メール メールアドレス 邮箱 電子メール 이메일 пошта");

    private static readonly FrozenSet<string> ElectronicMail = Set("postaelettronica correoelectronico adresseelectronique "
        + "indirizzoposta indirizzopostaelettronica indirizzodipostaelettronica adressedemessagerie adressemessagerie adressecourriel "
        + "correioeletronico correioelectronico enderecodecorreioeletronico enderecodecorreioelectronico direcciondecorreo "
        + "enderecoeletronico adressemail adresseemail "
        + "epost epostadress epostadresse eposta sahkoposti sahkopostiosoite электроннаяпочта електроннапошта דואל البريدالإلكتروني");

    /// <summary>Words that say: something about a number or an address, not the number or the address itself.</summary>
    private static readonly FrozenSet<string> About = Set(
        "phonetic yomi verified verify valid status state consent opt optin optout optedout subscribed subscription accepts accepted "
        + "accept marketing sms calls called call count counter total bill bills billing cost costs charge charges plan usage minutes "
        + "date time day hour last next best timezone zone country countrycode areacode area code prefix carrier provider network "
        + "operator model brand app version os owner id ids guid uuid key "
        + "shared of ok notes note comment comments remark remarks anzahl stop display hidden preferred "
        + "do not dnc bounced bounce domain host level score sent opened clicked replied source "
        + "created modified updated change since url link website app device "
        + "vorwahl landervorwahl anbieter datum uhrzeit indicatif prefisso prefijo operateur operatore");

    private static readonly FrozenSet<string> LabelWords = Set("type types label labels typ art kind tipo bezeichnung etiqueta etichetta "
        + "etiquette etikett soort");

    private static readonly FrozenSet<string> ExtensionWords = Set("extension ext extn durchwahl nebenstelle anexo interno toestel ramal "
        + "poste");

    /// <summary>Beside a word for an address: the name that stands with it.</summary>
    private static readonly FrozenSet<string> NameWords = Set("name nombre nome nom naam anzeigename angezeigter weergegeven pantalla");

    /// <summary>Words that say neither what a column holds nor that it holds something else: what is in it decides.</summary>
    private static readonly FrozenSet<string> Vague = Set(
        "number numbers no nr nummer numero num value values wert valeur valor contact kontakt contacto contatto contato column spalte "
        + "colonne columna field feld main primary direct home work office other business "
        + "private privat geschaftlich dienstlich domicile bureau travail casa trabajo oficina lavoro ufficio thuis werk kantoor "
        + "arbeit zuhause buro zentrale particular domicilio abitazione prive zakelijk residencial comercial jobb arbete hem praca dom "
        + "assistant secondary unnamed fixe fijo fisso fixo vast line ligne linea linha lijn directe diretta directa direta dial "
        + "in");

    private static readonly FrozenSet<string> Mobiles = Set(
        "mobile mobil mobiel cell cellphone mobilephone handy handynummer mobiltelefon "
        + "mobilnummer portable movil celular cellulare telemovel iphone fax telefax faxnummer");

    private static readonly FrozenSet<string> NumberNouns = Set("number numbers no nr nummer numero num");

    private static readonly FrozenSet<string> Places = Set("office mobile other home work business main direct primary secondary private "
        + "cell contact callback company arbeit privat zuhause geschaftlich dienstlich buro zentrale domicile bureau travail casa trabajo "
        + "oficina particular lavoro ufficio abitazione thuis werk kantoor prive zakelijk residencial comercial");

    private static readonly (ColumnMeaning Meaning, FrozenSet<string> Phrases)[] Exactly =
    [
        (ColumnMeaning.FirstName, Set("firstname givenname forename forenames first given vorname vornamen rufname prenom prenoms "
            + "voornaam voornamen nomedebattesimo primeironome nomeproprio primernombre nombredepila contactfirstname customerfirstname "
            + "fornamn fornavn etunimi imie jmeno krestnijmeno ad adı isim имя 名 nombres givennames firstnames prenomusuel roepnaam "
            + "prenume keresztnév utónév імя שםפרטי الاسمالأول")),
        (ColumnMeaning.MiddleName, Set("middlename middle middlenames additionalname secondname zweitervorname mittelname deuxiemeprenom segundonome "
            + "middleinitial middleinitials mi secondprenom segundonombre secondonome nomedomeio tweedevoornaam "
            + "weiterevornamen middelstenaam mellannamn mellemnavn mellomnavn toinennimi drugieimie отчество")),
        (ColumnMeaning.NameParticle, Set("tussenvoegsel tussenvoegsels tussenv voorvoegsel particle nameparticle particule namensvorsatz "
            + "vorsatzwort")),
        (ColumnMeaning.LastName, Set("lastname surname familyname last family nachname familienname zuname nomdefamille nomfamille "
            + "apellido apellidos primerapellido cognome sobrenome apelido apelidos ultimonome achternaam familienaam contactlastname "
            + "customerlastname apellidopaterno efternamn efternavn etternavn sukunimi nazwisko prijmeni soyad soyadı soyisim фамилия 姓 erapellido "
            + "επώνυμο vezetéknév numedefamilie прізвище שםמשפחה اسمالعائلة")),
        (ColumnMeaning.NamePrefix, Set("nameprefix prefix honorific honorificprefix namensprafix prefixedunom prefijodelnombre titel "
            + "anredetitel")),
        (ColumnMeaning.NameSuffix, Set("namesuffix suffix honorificsuffix namenszusatz suffixe sufijo suffisso sufixo achtervoegsel generation")),
        (ColumnMeaning.Name, Set("name fullname displayname contactname customername customer client person caller callername "
            + "contactfullname nom nomcomplet nometprenom prenometnom nombre nombrecompleto nombreyapellidos nombreyapellido nome "
            + "nomecompleto nomeecognome "
            + "naam volledigenaam vornamenachname firstandlastname firstlastname contactpersoon vollername vollstandigername vornachname "
            + "vorundnachname namevorname kunde kundenname kontaktname anzeigename ansprechpartner cliente leadname fn "
            + "namn navn nimi imieinazwisko imienazwisko jmenoaprijmeni adsoyad adısoyadı фио полноеимя 氏名 名前 お名前 姓名 이름 성명 "
            + "referente interlocuteur personadecontacto pessoadecontato pessoadecontacto όνομα ονοματεπώνυμο név nume піб שם שםמלא الاسم "
            + "الاسمالكامل nama namalengkap")),
        (ColumnMeaning.Company, Set("company companyname organization organisation organizationname organisationname organization1name "
            + "employer business businessname account accountname associatedcompany associatedcompanyname primarycompany "
            + "defaultaddresscompany companyaccount companies associatedcompanies primaresunternehmen zugeordnetesunternehmen "
            + "entrepriseprincipale entrepriseassociee empresaprincipal empresaasociada empresaassociada aziendaprincipale "
            + "aziendaassociata primairbedrijf firmen companyororganization organizationcompany "
            + "firma firmenname firmaname unternehmen unternehmensname organisationsname arbeitgeber entreprise societe nomdelentreprise "
            + "nomdelasociete nomdelasociete organisme employeur "
            + "empresa nombredelaempresa compania organizacion azienda ditta societa nomeazienda ragionesociale organizzazione bedrijf "
            + "bedrijfsnaam organisatie werkgever nomedaempresa organizacao companhia "
            + "foretag foretagsnamn virksomhed bedrift yritys spolecnost sirket компания организация фирма 会社 会社名 公司 회사 회사명 "
            + "org raisonsociale εταιρεία εταιρία cég cégnév companie компанія חברה الشركة")),
        (ColumnMeaning.Notes, Set("notes note comment comments remark remarks description memo notiz notizen bemerkung bemerkungen "
            + "anmerkung anmerkungen kommentar kommentare commentaire commentaires remarque remarques "
            + "notas nota observaciones comentario comentarios commento commenti annotazioni opmerking opmerkingen notitie notities "
            + "observacoes observacao "
            + "anteckningar notater muistiinpanot uwagi poznamka poznamky notlar заметки комментарии примечание 備考 メモ 备注 "
            + "σημειώσεις megjegyzés megjegyzések observații примітки нотатки הערות ملاحظات")),
    ];

    private static readonly FrozenSet<string> Tagging = Set("tag tags label labels group groups groupmembership categories category "
        + "kategorie kategorien schlagworter gruppen groupes categorieen categorie categorias categoria etichette etiquetas");

    private static readonly FrozenSet<string> Unwanted = Set("donotcall dnc donotphone donotcontactbyphone nichtanrufen nepasappeler "
        + "nollamar nonchiamare nietbellen naoligar hasoptedoutofcall phoneoptout calloptout optedoutofcalls");

    private static readonly FrozenSet<string> CallingCodes = Set("countrycode phonecountrycode countrycallingcode callingcode dialingcode "
        + "diallingcode countrydialcode dialcode isdcode landesvorwahl landervorwahl indicatifpays codigopais codigodepais "
        + "prefissopaese landcode landnummer codigodopais");

    private static readonly FrozenSet<string> Countries = Set("country land staat pays pais paese nazione kraj zeme orszag tara stat "
        + "страна країна 国 国名 國家 国家 국가 χώρα ülke ארץ البلد");

    /// <summary>Beside a word for a country: whose it is, and what else stands there, e.g. of <c>Business Country/Region</c>.</summary>
    private static readonly FrozenSet<string> BesideCountry = Set("region name iso code mailing other home business work postal default "
        + "address person contact customer client lead billing shipping primary main company geschaftlich privat");

    private static readonly FrozenSet<string> AreaCodes = Set("areacode phoneareacode citycode stdcode vorwahl ortsvorwahl telefonvorwahl "
        + "indicatif prefisso prefijo netnummer kengetal ddd riktnummer");

    private static readonly FrozenSet<string> SecondSurnames = Set("segundoapellido apellidomaterno secondlastname secondsurname oapellido "
        + "doapellido");

    /// <summary>Words before a heading that say whose value it is, e.g. of <c>Person - Name</c>.</summary>
    private static readonly FrozenSet<string> Whose = Set("person contact customer client lead billing shipping primary main");

    private static readonly FrozenSet<string> FirstNameOrName = Set("nombre nome όνομα");
    private static readonly FrozenSet<string> LastNameOrName = Set("name nom naam nume");

    /// <summary>Between the two names of one column, e.g. <c>Cognome e nome</c>.</summary>
    private static readonly FrozenSet<string> And = Set("and und et y e en");

    /// <summary>What follows is a remark, e.g. of <c>Phone (with country code)</c>.</summary>
    private static readonly FrozenSet<string> With = Set("with incl including inkl mit avec con com");

    private readonly List<string> _letters;
    private readonly string _joined;
    private readonly string _unprefixed;
    private readonly HashSet<string> _words;

    public ColumnHeading(string text)
    {
        var words = HeadingText.WordsOf(text);
        Index = string.Concat(words.Where(word => word.All(char.IsAsciiDigit)).Take(1));
        var letters = words.Where(word => !word.All(char.IsAsciiDigit)).ToList();
        for (var i = 0; i + 1 < letters.Count; i++)
        {
            if (letters[i] == "e" && letters[i + 1].StartsWith("mail", StringComparison.Ordinal)) // e-mail
            {
                (letters[i], letters[i + 1]) = ("", "email" + letters[i + 1][4..]);
            }
            else if (letters[i] == "whats" && letters[i + 1] == "app") // WhatsApp
            {
                (letters[i], letters[i + 1]) = ("", "whatsapp");
            }
        }

        letters.RemoveAll(word => word.Length == 0);
        if (letters.FindIndex(With.Contains) is > 0 and var remark)
        {
            letters.RemoveRange(remark, letters.Count - remark);
        }

        _letters = letters;
        _words = [.. letters];
        _joined = string.Concat(letters);
        _unprefixed = letters.Count > 1 && Whose.Contains(letters[0]) ? string.Concat(letters.Skip(1)) : _joined;
    }

    /// <summary>The number in the heading, e.g. of <c>Phone 2 - Type</c>; empty when there is none.</summary>
    public string Index { get; }

    /// <summary>Whether the heading is about a telephone.</summary>
    public bool IsOfTelephone => _words.Overlaps(Telephone);

    /// <summary>A mobile or a fax: neither has an extension.</summary>
    public bool HasNoExtension => _words.Overlaps(Mobiles);

    public bool IsOfMail => _words.Overlaps(Mail) || ElectronicMail.Contains(_joined);

    /// <summary>Whether what is in the column decides: the heading is empty or says nothing.</summary>
    public bool IsVague => _words.IsSubsetOf(Vague);

    /// <summary>"Contact" names a person where it names no number.</summary>
    public bool MayBeName => _joined is "contact" or "kontakt" or "contacto" or "contatto" or "contato";

    /// <summary>The area code of the number that stands behind it.</summary>
    public bool IsAreaCode => AreaCodes.Contains(_joined);

    /// <summary>"Name 1", "Name 2", … of accounting: a company's, or a surname and a first name. Zero for any other heading.</summary>
    public int NamePart => _joined == "name" && Index is ['1' or '2' or '3' or '4'] ? Index[0] - '0' : 0;

    /// <summary>The second of two surnames: both are kept.</summary>
    public bool IsSecondSurname => SecondSurnames.Contains(_joined);

    /// <summary>Says where a telephone stands, e.g. "Home".</summary>
    public bool IsPlace => _joined.Length > 0 && _words.IsSubsetOf(Places);

    /// <summary>A bare "Type", "Label" or "Extension" belongs to the number beside it.</summary>
    public bool IsBareLabel => _words.Count == 1 && _words.Overlaps(LabelWords);

    /// <summary>Nombre, nome: the first name where a column has the last name, else the whole one.</summary>
    public bool MayBeFirstName => FirstNameOrName.Contains(_joined);

    /// <summary>Name, nom, naam: the surname where a column has the first name, else the whole one.</summary>
    public bool MayBeLastName => LastNameOrName.Contains(_joined);

    /// <summary>What the heading says; null when it says nothing that we know.</summary>
    public ColumnMeaning? Meaning
    {
        get
        {
            if (_joined.Length == 0 || _joined == "problem") // our own file of rows that were refused
            {
                return _joined.Length == 0 ? null : ColumnMeaning.Ignore;
            }

            if (IsSecondSurname)
            {
                return ColumnMeaning.LastName;
            }

            if (CallingCodes.Contains(_unprefixed) || IsCountry)
            {
                return ColumnMeaning.CountryCode;
            }

            if ((Array.Find(Exactly, pair => pair.Phrases.Contains(_joined)) is { Phrases: not null } exact ? exact
                : Array.Find(Exactly, pair => pair.Phrases.Contains(_unprefixed))) is { Phrases: not null } found)
            {
                return found.Meaning;
            }

            if (IsBothNames)
            {
                return ColumnMeaning.Name;
            }

            if (Unwanted.Any(words => _joined.EndsWith(words, StringComparison.Ordinal)))
            {
                return ColumnMeaning.DoNotCall;
            }

            if (Tagging.Contains(_joined))
            {
                return ColumnMeaning.Tags;
            }

            if (IsOfTelephone)
            {
                return _words.Overlaps(LabelWords) ? ColumnMeaning.NumberLabel
                    : _words.Overlaps(ExtensionWords) && !_words.Contains("poste") ? ColumnMeaning.Extension
                    : _words.Overlaps(About) ? ColumnMeaning.Ignore
                    : ColumnMeaning.Number;
            }

            if (IsOfMail)
            {
                return _words.Overlaps(LabelWords) ? ColumnMeaning.EmailLabel
                    : _words.Overlaps(About) || _words.Overlaps(NameWords) ? ColumnMeaning.Ignore
                    : ColumnMeaning.Email;
            }

            return _words.Overlaps(ExtensionWords) && _words.All(word => ExtensionWords.Contains(word) || Places.Contains(word))
                ? ColumnMeaning.Extension // "Office Ext"
                : _words.Overlaps(NumberNouns) && _words.Overlaps(Places) && _words.Count == 2 ? ColumnMeaning.Number // "office number"
                : IsOrganizationName ? ColumnMeaning.Company
                : null;
        }
    }

    private bool IsCountry => _words.Overlaps(Countries) && _words.All(word => Countries.Contains(word) || BesideCountry.Contains(word));

    /// <summary>First and last name in one column, e.g. <c>Last Name, First Name</c>, <c>Nom et prénom</c>.</summary>
    private bool IsBothNames
    {
        get
        {
            var words = _letters.Where(word => !And.Contains(word)).ToList();
            return Enumerable.Range(1, Math.Max(0, words.Count - 1)).Any(i =>
                (string.Concat(words.Take(i)), string.Concat(words.Skip(i))) is var (one, other)
                && (Are(one, other) || Are(other, one)));

            // A bare "name" beside a short word is something else, e.g. "Ad Name".
            static bool Are(string first, string last) => (IsOf(ColumnMeaning.FirstName, first), IsOf(ColumnMeaning.LastName, last)) switch
            {
                (true, true) => true,
                (true, false) => first.Length > 5 && LastNameOrName.Contains(last),
                (false, true) => last.Length > 5 && (FirstNameOrName.Contains(first) || first == "name"),
                _ => false,
            };

            static bool IsOf(ColumnMeaning meaning, string words) =>
                Array.Find(Exactly, pair => pair.Meaning == meaning).Phrases.Contains(words);
        }
    }

    /// <summary>Google: "Organization 1 - Name".</summary>
    private bool IsOrganizationName => _joined is "organizationname" or "organisationname";

    /// <summary>
    /// The words without accents, as <see cref="HeadingText.WordsOf"/> reads a heading: a Hangul syllable becomes its letters.
    /// </summary>
    private static FrozenSet<string> Set(string words) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(HeadingText.WithoutAccents).ToFrozenSet(StringComparer.Ordinal);
}
