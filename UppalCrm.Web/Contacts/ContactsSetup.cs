namespace UppalCrm.Web.Contacts;

/// <summary>Wires the room: whom we know.</summary>
public static class ContactsSetup
{
    public static WebApplication MapContacts(this WebApplication app)
    {
        ContactExport.Map(app);
        return app;
    }
}
