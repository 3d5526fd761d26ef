using System.Buffers.Binary;
using System.IO.Compression;
using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Interop;
using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Interop;

public sealed class MlNetModelTests
{
    // Offsets in the header of ML.NET's main stream.
    private const int ModelSignatureOffset = 64;
    private const int VersionWrittenOffset = 72;
    private const int VersionReadableOffset = 76;

    [Fact]
    public void Entries_come_back_as_they_were_written()
    {
        byte[] large = new byte[3_000_001];
        new Random(1).NextBytes(large);
        using var model = new OpenedModel(Saved(writer =>
        {
            writer.Write("large", stream =>
            {
                using (stream)
                {
                    stream.Write(large);
                }
            });
            writer.Write("empty", _ => { });
        }));
        IModelEntryReader reader = model.Open();

        Assert.Equal(large, Read(reader, "large"));
        Assert.Equal(large, Read(reader, "large"));
        Assert.Empty(Read(reader, "empty"));
        Assert.False(reader.TryRead("missing", _ => Assert.Fail("There is no such entry.")));
    }

    [Fact]
    public void The_header_names_the_assembly_simply()
    {
        using var model = new OpenedModel(Saved(_ => { }));

        Assert.Equal("Microsoft.ML.Hydra", model.LoaderAssemblyName);
        Assert.Equal(typeof(MlNetModel).Assembly.GetName().Name, model.LoaderAssemblyName);
    }

    [Theory]
    [InlineData(VersionReadableOffset, 2u)]
    [InlineData(VersionWrittenOffset, 0u)]
    [InlineData(ModelSignatureOffset, 1u)]
    public void A_model_of_another_format_is_refused_in_one_sentence(int offset, uint value)
    {
        byte[] zip = Patched(Saved(_ => { }), offset, value);
        using var model = new OpenedModel(zip);

        InvalidDataException error = Assert.Throws<InvalidDataException>(model.Open);

        Assert.Contains("saved by Microsoft.ML.Hydra 0.1.0", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain(". ", error.Message);
    }

    [Fact]
    public void ML_NET_finds_the_loader_by_itself()
    {
        // The loader's own error about the format proves that it was called.
        byte[] zip = Patched(Saved(_ => { }), VersionReadableOffset, 2);

        Exception error = Assert.Throws<InvalidOperationException>(() => new MLContext().Model.Load(new MemoryStream(zip), out _));

        Assert.Contains("saved by Microsoft.ML.Hydra", Assert.IsType<InvalidDataException>(error.GetBaseException()).Message);
    }

    [Fact]
    public void A_temporary_folder_that_takes_no_entry_is_an_error_with_the_cures()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hydra-test-");
        byte[] zip = Saved(writer => writer.Write("large", stream => stream.Write(new byte[3_000_000])));
        using (var model = new OpenedModel(zip, new MLContext { TempFilePath = folder.FullName }))
        {
            IModelEntryReader reader = model.Open();
            string unpacked = Assert.Single(folder.GetDirectories()).FullName;
            Directory.Delete(unpacked, recursive: true);
            File.WriteAllText(unpacked, "in the way");

            IOException error = Assert.Throws<IOException>(() => reader.TryRead("large", _ => Assert.Fail("It cannot be unpacked.")));

            Assert.StartsWith("ML.NET could not unpack the entry 'large' of the model into its temporary folder (", error.Message);
            Assert.Contains(unpacked, error.Message);
            Assert.Contains("set MLContext.TempFilePath or the environment variable TMPDIR", error.Message);
            Assert.Contains("mlContext.SequenceRecommendation().LoadModel", error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }

        folder.Delete(recursive: true);
    }

    private static byte[] Read(IModelEntryReader reader, string name)
    {
        byte[]? bytes = null;
        Assert.True(reader.TryRead(name, stream =>
        {
            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            stream.Dispose();
        }));
        return bytes!;
    }

    private static byte[] Saved(Action<IModelEntryWriter> write)
    {
        using var stream = new MemoryStream();
        new MLContext().Model.Save(new SavingTransformer(write), null, stream);
        return stream.ToArray();
    }

    private static byte[] Patched(byte[] zip, int offset, uint value)
    {
        using var stream = new MemoryStream();
        stream.Write(zip);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            using Stream main = archive.GetEntry(OpenedModel.MainStream(archive))!.Open();
            byte[] number = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(number, value);
            main.Position = offset;
            main.Write(number);
        }

        return stream.ToArray();
    }

    /// <summary>A model whose entries are those of the test.</summary>
    private sealed class SavingTransformer(Action<IModelEntryWriter> write) : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        void ICanSaveModel.Save(ModelSaveContext ctx) => MlNetModel.Save(ctx, write);
    }

    /// <summary>The context that ML.NET passes to a loader, made through its internals.</summary>
    private sealed class OpenedModel : IDisposable
    {
        private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

        private readonly IDisposable _repository;
        private readonly object _context;

        public OpenedModel(byte[] zip, MLContext? unpacking = null)
        {
            Assembly mlNet = typeof(ModelSaveContext).Assembly;
            string directory;
            using (var archive = new ZipArchive(new MemoryStream(zip)))
            {
                directory = Path.GetDirectoryName(MainStream(archive))!;
            }

            _repository = (IDisposable)mlNet.GetType("Microsoft.ML.RepositoryReader", true)!
                .GetMethod("Open", Internal)!.Invoke(null, [new MemoryStream(zip), unpacking, unpacking is not null])!;
            object entry = _repository.GetType().GetMethod("OpenEntry", [typeof(string), typeof(string)])!
                .Invoke(_repository, [directory, "Model.key"])!;
            _context = Activator.CreateInstance(
                mlNet.GetType("Microsoft.ML.ModelLoadContext", true)!, Internal, null, [_repository, entry, directory], null)!;
        }

        public string LoaderAssemblyName => (string)_context.GetType().GetField("LoaderAssemblyName")!.GetValue(_context)!;

        public static string MainStream(ZipArchive archive) =>
            archive.Entries.Select(entry => entry.FullName).Where(name => name.EndsWith("Model.key", StringComparison.Ordinal)).MaxBy(name => name.Length)!;

        public IModelEntryReader Open() => (IModelEntryReader)typeof(MlNetModel).GetMethod("Open")!
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [_context], null)!;

        public void Dispose() => _repository.Dispose();
    }
}
