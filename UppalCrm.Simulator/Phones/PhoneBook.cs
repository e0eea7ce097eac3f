using System.Collections.Concurrent;

namespace UppalCrm.Simulator.Phones;

/// <summary>
/// The scripted phones, by number, and scripted softphones, by <c>client:identity</c>. A scripted phone wins over an open page.
/// </summary>
public sealed class PhoneBook
{
    private readonly ConcurrentDictionary<string, PhoneScript> _scripts = new(StringComparer.Ordinal);

    /// <summary>Sets what the phone at this address does when it is called.</summary>
    /// <param name="address">
    /// A number in E.164 form, <c>client:identity</c>, or <c>*</c> for every number that has no script of its own.
    /// </param>
    public void Script(string address, PhoneScript script)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        ArgumentNullException.ThrowIfNull(script);
        _scripts[address] = script;
    }

    /// <summary>The phone has no script any more.</summary>
    public void Forget(string address) => _scripts.TryRemove(address, out _);

    internal PhoneScript? Find(string address) =>
        _scripts.GetValueOrDefault(address) ?? (Numbers.IsClient(address) ? null : _scripts.GetValueOrDefault("*"));

    internal IEnumerable<string> Addresses => _scripts.Keys;
}
