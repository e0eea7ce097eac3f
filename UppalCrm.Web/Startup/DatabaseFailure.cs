using System.Data.Common;
using Microsoft.Data.SqlClient;
using Microsoft.EntityFrameworkCore.Storage;

namespace UppalCrm.Web.Startup;

/// <summary>Why the database cannot be opened at start, and what to do, in words.</summary>
internal static class DatabaseFailure
{
    private const string Settings = "ConnectionStrings__UppalCrm and Database__Provider";

    /// <returns>Null for what is no failure of the database.</returns>
    public static string? Explain(Exception exception) => exception switch
    {
        RetryLimitExceededException { InnerException: { } inner } => Explain(inner),
        SqlException sql => $"The database could not be opened: {Explain(sql)}",
        DbException or IOException or UnauthorizedAccessException =>
            $"The database could not be opened: {exception.Message} Check {Settings}, and that the folder or server can be reached and "
                + "written to.",
        // The client's pool gave up, or the client cannot run here at all (globalization-invariant mode without ICU).
        InvalidOperationException or NotSupportedException or TimeoutException when exception.StackTrace?.Contains(
            "Data.SqlClient", StringComparison.Ordinal) == true =>
            $"The database could not be opened: {exception.Message} Check {Settings}, and that the server answers and ICU (libicu) is "
                + "installed.",
        _ => null,
    };

    private static string Explain(SqlException ex) => ex.Number switch
    {
        18456 or 18452 or 18470 or 18486 or 18487 or 18488 =>
            $"{ex.Message} Check user and password in ConnectionStrings__UppalCrm, and that the login is not locked or expired.",
        4060 or 4064 or 911 =>
            $"{ex.Message} Check the database's name in ConnectionStrings__UppalCrm, and that the login may use it.",
        262 or 229 or 230 or 916 =>
            $"{ex.Message} The login lacks a right: create the database yourself and give the login db_owner in it, or let it create "
                + "databases.",
        -2146893019 or -2146893022 =>
            $"{ex.Message} The server's certificate is not trusted here: install its authority's certificate, or add "
                + "TrustServerCertificate=True "
            + "to ConnectionStrings__UppalCrm if the network between is yours alone.",
        _ =>
            $"{ex.Message} The server cannot be reached, or does not answer: check its name and port in ConnectionStrings__UppalCrm, that "
                + "it runs, and that "
            + "a firewall lets this machine through.",
    };
}
