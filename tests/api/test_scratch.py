import cProfile,pstats,time
from tests.api.routes import *
from tests.api.test_every_route import tried, Watch
def test_x(house):
    c=house.client("everything")
    todo=[t for t in tried(house,"everything",with_any_key=True)]
    print(len(todo))
    from collections import Counter,defaultdict
    spent=defaultdict(float); n=Counter()
    w=Watch(house)
    pr=cProfile.Profile()
    tt=0
    for door,a in todo[::4]:
        t=time.process_time(); r=a.send(c,door); spent[door]+=time.process_time()-t; n[door]+=1
        t=time.process_time(); w.told(r); tt+=time.process_time()-t
    print(sum(spent.values()), sum(n.values()),"watch",tt)
    for d,s in sorted(spent.items(),key=lambda x:-x[1])[:25]: print(d,round(s,2),n[d])
    assert 0
