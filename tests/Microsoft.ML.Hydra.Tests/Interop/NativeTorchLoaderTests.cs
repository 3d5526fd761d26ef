using System.Runtime.Versioning;
using Microsoft.ML.Hydra.Interop;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Interop;

public sealed class NativeTorchLoaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hydra-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_missing_backend_names_the_package_in_one_sentence()
    {
        var loader = new NativeTorchLoader([_folder.FullName]);

        Assert.False(loader.TryLoad(out nint handle));

        Assert.Equal(0, handle);
        Assert.Contains("'c10'", loader.Failure);
        Assert.Contains("TorchSharp-cpu 0.107.0", loader.Failure);
        AssertOneSentence(loader.Failure);
    }

    [Fact]
    public void A_broken_backend_names_the_file_the_reason_and_the_remedy()
    {
        string path = Path.Combine(_folder.FullName, NativeTorchFolders.FileName("c10"));
        File.WriteAllText(path, "not a library");
        var loader = new NativeTorchLoader([_folder.FullName]);

        Assert.False(loader.TryLoad(out _));

        Assert.Contains(path, loader.Failure);
        Assert.Contains("exactly version 0.107.0", loader.Failure);
        AssertOneSentence(loader.Failure);
    }

    [Fact]
    public void The_first_folder_that_has_a_library_is_used()
    {
        string[] folders = [.. new[] { "a", "b", "c" }.Select(name => _folder.CreateSubdirectory(name).FullName)];
        string expected = Path.Combine(folders[1], NativeTorchFolders.FileName("c10"));
        File.WriteAllText(expected, "");
        File.WriteAllText(Path.Combine(folders[2], NativeTorchFolders.FileName("c10")), "");

        Assert.Equal(expected, NativeTorchFolders.Find(folders, "c10"));
        Assert.Null(NativeTorchFolders.Find(folders, "torch_cpu"));
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void A_private_copy_that_does_not_load_leaves_nothing_behind()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows needs no private copy.");
        string missing = Path.Combine(_folder.FullName, "missing");
        string present = _folder.CreateSubdirectory("present").FullName;

        DllNotFoundException error = Assert.Throws<DllNotFoundException>(() => PrivateLibraryCopy.Load([1, 2, 3], "lib.so", [missing, "", present]));

        Assert.StartsWith($"'{missing}' (there is no such folder), '{present}' (", error.Message);
        Assert.False(Directory.Exists(missing));
        Assert.Empty(Directory.EnumerateFileSystemEntries(present));
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void A_folder_that_cannot_hold_the_copy_is_named_with_the_reason_and_the_cure()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux needs a private copy.");
        DllNotFoundException error = Assert.Throws<DllNotFoundException>(() => PrivateLibraryCopy.Load([1, 2, 3], "lib.so", ["/proc"]));

        string sentence = NativeTorchFailure.NoCopy("/app/lib.so", error.Message);

        Assert.Contains("'/app/lib.so'", sentence);
        Assert.Matches("any of '/proc' \\([^)]+\\): set MLContext.TempFilePath or the environment variable TMPDIR to a folder that can be written to", sentence);
        Assert.DoesNotContain("glibc", sentence);
        AssertOneSentence(sentence);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void Where_no_folder_can_be_written_to_a_library_is_loaded_from_memory()
    {
        string? zlib = new[] { "/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib/libz.so.1", "/usr/lib64/libz.so.1" }.FirstOrDefault(File.Exists);
        Skip.If(!OperatingSystem.IsLinux() || zlib is null, "There is no small library at hand.");

        nint handle = PrivateLibraryCopy.Load(File.ReadAllBytes(zlib!), "libz-copy.so", ["/proc", Path.Combine(_folder.FullName, "missing")]);

        Assert.NotEqual(0, System.Runtime.InteropServices.NativeLibrary.GetExport(handle, "zlibVersion"));
        Assert.Contains(File.ReadLines("/proc/self/maps"), line => line.Contains("memfd:libz-copy.so", StringComparison.Ordinal));
    }

    [Fact]
    public void The_folder_of_the_context_is_the_first_for_a_copy()
    {
        Assert.Equal(["/scratch", Path.GetTempPath()], NativeTorchLoader.CopyFolders("/scratch").Take(2));
        Assert.Equal(Path.GetTempPath(), NativeTorchLoader.CopyFolders(null).First());
    }

    [Fact]
    public void A_library_that_an_error_names_is_found()
    {
        string path = Path.Combine(_folder.FullName, NativeTorchFolders.FileName("LibTorchSharp"));
        var error = new DllNotFoundException($"Unable to load shared library '{path}' or one of its dependencies.");

        Assert.Null(NativeTorchFolders.NamedIn(error, "LibTorchSharp"));
        File.WriteAllText(path, "");
        Assert.Equal(path, NativeTorchFolders.NamedIn(error, "LibTorchSharp"));
        Assert.Null(NativeTorchFolders.NamedIn(error, "c10"));
    }

    [Fact]
    public void The_message_on_a_system_without_packages_names_the_systems_that_have_them()
    {
        string sentence = NativeTorchFailure.NotFound("c10", "linux-arm64");

        Assert.Contains("'linux-arm64'", sentence);
        Assert.Contains("win-x64", sentence);
        AssertOneSentence(sentence);
    }

    [Fact]
    public void A_long_trace_is_cut_to_its_first_line()
    {
        var error = new NotSupportedException("The backend is missing.\n\nTrace:\n  step 1");

        string sentence = NativeTorchFailure.NotUsable(new TypeInitializationException("torch", error));

        Assert.Contains("(The backend is missing)", sentence);
        AssertOneSentence(sentence);
    }

    private static void AssertOneSentence(string? text)
    {
        Assert.NotNull(text);
        Assert.DoesNotContain('\n', text);
        Assert.EndsWith(".", text);
        Assert.DoesNotContain(". ", text);
    }
}
