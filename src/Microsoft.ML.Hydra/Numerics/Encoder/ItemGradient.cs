namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Adds the gradients of looked-up vectors to those of their items; one task is a range of items, which takes its tokens in order.</summary>
internal readonly unsafe struct ItemGradient(ModelSizes sizes, int* items, int tokens, float* gradient, float* itemGradient, int tasks) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        long count = sizes.NumberOfItems + 1L;
        int begin = (int)(task * count / tasks), end = (int)((task + 1) * count / tasks);
        nint d = sizes.Width;
        for (nint row = 0; row < tokens; row++)
        {
            int item = items[row];
            if (item >= begin && item < end)
            {
                TileRows<TSimd, TVector>.Add(d, gradient + (row * d), itemGradient + (item * d));
            }
        }
    }
}
