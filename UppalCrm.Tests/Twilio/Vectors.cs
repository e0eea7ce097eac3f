using System.Text.Json;

namespace UppalCrm.Tests.Twilio;

/// <summary>The files that Twilio's official helpers wrote; see the head of each.</summary>
internal static class Vectors
{
    public static JsonElement Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", file)));
        return document.RootElement.Clone();
    }

    /// <summary>The entries of one list in a file, each named by its <c>id</c>.</summary>
    public static IEnumerable<TheoryDataRow<string>> Ids(string file, string list) =>
        Read(file).GetProperty(list).EnumerateArray().Select(vector => new TheoryDataRow<string>(vector.GetProperty("id").GetString()!));

    public static JsonElement Get(string file, string list, string id) =>
        Read(file).GetProperty(list).EnumerateArray().Single(vector => vector.GetProperty("id").GetString() == id);
}
