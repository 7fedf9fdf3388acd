"""One run as one page: data in, a self-contained HTML file with its time line out."""
