/* A program of nothing: that a whole layer links into it shows what the layer needs. */

int main(void)
{
    return 0;
}
