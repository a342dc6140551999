"""The checks of the chapters' exercises: `from supertoy.exercises import check_4_1`.

Each takes the reader's answer, a function or a value, and prints that it is right or raises `AssertionError` with the
first case in which it is not. An answer of `...` is none yet.
"""

from supertoy.exercises.chapter_01 import check_1_1 as check_1_1
from supertoy.exercises.chapter_01 import check_1_2 as check_1_2
from supertoy.exercises.chapter_01 import check_1_3 as check_1_3
from supertoy.exercises.chapter_02 import check_2_1 as check_2_1
from supertoy.exercises.chapter_02 import check_2_2 as check_2_2
from supertoy.exercises.chapter_02 import check_2_3 as check_2_3
from supertoy.exercises.chapter_03 import check_3_1 as check_3_1
from supertoy.exercises.chapter_03 import check_3_2 as check_3_2
from supertoy.exercises.chapter_03 import check_3_3 as check_3_3
from supertoy.exercises.chapter_04 import check_4_1 as check_4_1
from supertoy.exercises.chapter_04 import check_4_2 as check_4_2
from supertoy.exercises.chapter_04 import check_4_3 as check_4_3
from supertoy.exercises.chapter_05 import check_5_1 as check_5_1
from supertoy.exercises.chapter_05 import check_5_2 as check_5_2
from supertoy.exercises.chapter_05 import check_5_3 as check_5_3
from supertoy.exercises.chapter_06 import check_6_1 as check_6_1
from supertoy.exercises.chapter_06 import check_6_2 as check_6_2
from supertoy.exercises.chapter_06 import check_6_3 as check_6_3
from supertoy.exercises.chapter_07 import check_7_1 as check_7_1
from supertoy.exercises.chapter_07 import check_7_2 as check_7_2
from supertoy.exercises.chapter_07 import check_7_3 as check_7_3
from supertoy.exercises.chapter_08 import check_8_1 as check_8_1
from supertoy.exercises.chapter_08 import check_8_2 as check_8_2
from supertoy.exercises.chapter_08 import check_8_3 as check_8_3
from supertoy.exercises.chapter_09 import check_9_1 as check_9_1
from supertoy.exercises.chapter_09 import check_9_2 as check_9_2
from supertoy.exercises.chapter_09 import check_9_3 as check_9_3
from supertoy.exercises.chapter_10 import check_10_1 as check_10_1
from supertoy.exercises.chapter_10 import check_10_2 as check_10_2
from supertoy.exercises.chapter_10 import check_10_3 as check_10_3
from supertoy.exercises.chapter_11 import check_11_1 as check_11_1
from supertoy.exercises.chapter_11 import check_11_2 as check_11_2
from supertoy.exercises.chapter_11 import check_11_3 as check_11_3
from supertoy.exercises.chapter_12 import check_12_1 as check_12_1
from supertoy.exercises.chapter_12 import check_12_2 as check_12_2
from supertoy.exercises.chapter_12 import check_12_3 as check_12_3
from supertoy.exercises.chapter_13 import check_13_1 as check_13_1
from supertoy.exercises.chapter_13 import check_13_2 as check_13_2
from supertoy.exercises.chapter_13 import check_13_3 as check_13_3
from supertoy.exercises.chapter_14 import check_14_1 as check_14_1
from supertoy.exercises.chapter_14 import check_14_2 as check_14_2
from supertoy.exercises.chapter_14 import check_14_3 as check_14_3
from supertoy.exercises.chapter_15 import check_15_1 as check_15_1
from supertoy.exercises.chapter_15 import check_15_2 as check_15_2
from supertoy.exercises.chapter_15 import check_15_3 as check_15_3
from supertoy.exercises.chapter_16 import check_16_1 as check_16_1
from supertoy.exercises.chapter_16 import check_16_2 as check_16_2
from supertoy.exercises.chapter_16 import check_16_3 as check_16_3
from supertoy.exercises.chapter_17 import check_17_1 as check_17_1
from supertoy.exercises.chapter_17 import check_17_2 as check_17_2
from supertoy.exercises.chapter_17 import check_17_3 as check_17_3
