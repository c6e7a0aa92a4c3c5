"""Statistics of the data set and its rejections, for the terminal and for report.html."""
